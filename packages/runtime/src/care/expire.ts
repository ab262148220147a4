import { type Graph, type Instant, type Move, type PublicationId, parseDuration, type TableName } from '@millrace/core'
import { hash, type Lakehouse, newId } from '../workspace/lakehouse.ts'

/** A table with fewer versions than this is left alone: each commit costs a little more for every version kept. */
const worthwhile = 100
const defaultKeep = { versions: 20, history: '7d' } as const

/** Forgets old versions of tables that a run has just moved, as the definition's `keep` says. Files go with `clean`. */
export async function expireMoved(
  lakehouse: Lakehouse,
  graph: Graph,
  tables: readonly TableName[],
): Promise<readonly Move[]> {
  const { catalog, environment, format } = lakehouse
  const shown = await catalog.environment(environment)
  const moves: Move[] = []
  for (const table of tables) {
    const ref = shown?.overlay[table]
    if (ref === null || ref === undefined || ref.format === 'view') continue
    const keep = graph.nodes.get(graph.producers.get(table) ?? '')?.outputs[table]?.keep ?? {}
    const versions = keep.versions ?? defaultKeep.versions
    if ((await format.versions(ref)).length < Math.max(worthwhile, versions + 1)) continue
    const keepMs = parseDuration(keep.history ?? defaultKeep.history) ?? 0
    const { staged } = await format.expire(ref, { versions, newerThan: (lakehouse.clock.now() - keepMs) as Instant })
    if (staged !== null) moves.push({ table, from: ref.version, to: staged.next, how: 'maintenance' })
  }
  if (moves.length === 0) return []
  const id = hash(`expire ${newId()}`) as string as PublicationId
  const published = await catalog.publish({
    id,
    environment,
    parent: shown?.head ?? null,
    at: lakehouse.clock.now(),
    run: null,
    moves,
  })
  // Somebody else moved a table in between: there is always a next time.
  return published.status === 'done' ? moves : []
}
