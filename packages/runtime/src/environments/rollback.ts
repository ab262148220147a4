import {
  issue,
  MillraceError,
  type Move,
  type Publication,
  type PublicationId,
  type TableName,
  type TableRef,
} from '@millrace/core'
import { publicationOf } from '../read/query.ts'
import { hash, type Lakehouse, newId } from '../workspace/lakehouse.ts'

/** Makes what an environment showed at a publication current again, as a new publication: nothing is forgotten, and a
 * rollback can be rolled back. */
export async function rollback(
  lakehouse: Lakehouse,
  to: string,
  only: readonly TableName[],
): Promise<Publication | null> {
  const { catalog, environment } = lakehouse
  const target = await publicationOf(lakehouse, to)
  const then = await catalog.resolve(environment, target)
  const now = await catalog.resolve(environment)
  const own = (await catalog.environment(environment))?.overlay ?? {}
  const moves: Move[] = []
  for (const table of new Set([...now.keys(), ...then.keys()])) {
    if (only.length > 0 && !only.includes(table)) continue
    const before = then.get(table) ?? null
    const current = now.get(table) ?? null
    if (before?.version === current?.version) continue
    const from = own[table]?.version ?? null
    moves.push({ table, from, to: await back(lakehouse, current, before), how: 'rollback' })
  }
  if (moves.length === 0) return null
  const publication: Publication = {
    id: hash(`rollback ${newId()}`) as string as PublicationId,
    environment,
    parent: (await catalog.environment(environment))?.head ?? null,
    at: lakehouse.clock.now(),
    run: null,
    moves,
    note: { 'rolled-back-to': target },
  }
  await lakehouse.state.intend(publication)
  const result = await catalog.publish(publication)
  await lakehouse.state.settle(publication.id, result.status === 'done' ? 'done' : 'never')
  if (result.status === 'stale') throw new MillraceError(result.tables.map((table) => issue('lake/moved', { table })))
  return publication
}

/** A table that did not exist then goes; one that was dropped since comes back; any other gets a commit on its head. */
async function back(lakehouse: Lakehouse, current: TableRef | null, before: TableRef | null): Promise<TableRef | null> {
  if (before === null) return null
  if (current === null || before.format === 'view' || current.uuid !== before.uuid) return before
  return (await lakehouse.format.revert(current, before, lakehouse.clock.now())).next
}
