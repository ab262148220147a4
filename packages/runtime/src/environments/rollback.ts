import type { Move, Publication, TableName, TableRef } from '@millrace/core'
import { publicationOf } from '../read/query.ts'
import type { Lakehouse } from '../workspace/lakehouse.ts'
import { publishMoves } from './publish-moves.ts'

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
  return await publishMoves(lakehouse, 'rollback', moves, { 'rolled-back-to': target })
}

/** A table that did not exist then goes; one that was dropped since comes back; any other gets a commit on its head. */
async function back(lakehouse: Lakehouse, current: TableRef | null, before: TableRef | null): Promise<TableRef | null> {
  if (before === null) return null
  if (current === null || before.format === 'view' || current.uuid !== before.uuid) return before
  return (await lakehouse.format.revert(current, before, lakehouse.clock.now())).next
}
