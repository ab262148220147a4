// A run forgets old versions of the tables that it has moved, as each definition's `keep` says. Invariants:
// 1. It comes after the run's own publication and under the run's leases; it is a publication of its own. A crash before it
//    leaves one metadata file that nothing names, and the next run does it.
// 2. Pointers move, files stay: `clean` removes those that nothing can show any more, within the time that it is told to keep.
// 3. A version that another table has read and will go on from stays, in whichever environment that table is.
// 4. It is care, not work: what the run has published stands, whether this goes well or not.
import {
  type Graph,
  type Instant,
  type Move,
  type Output,
  type Publication,
  type PublicationId,
  parseDuration,
  type TableName,
  type TableRef,
} from '@millrace/core'
import { failpoint } from '../execute/failpoint.ts'
import type { HeldLeases } from '../execute/leases.ts'
import { hash, type Lakehouse, newId } from '../workspace/lakehouse.ts'
import { type VersionsRead, versionsRead } from './versions-read.ts'

/** How many versions stay where the definition does not say. Each costs every commit a little, so they may not grow for ever. */
const defaultKeep = { versions: 20, history: '7d' } as const
/** Forgetting is a commit too: it waits until there are so many times more versions than are to stay. */
const slack = { said: 2, unsaid: 5 } as const

interface Keep {
  readonly versions: number
  readonly newerThan: Instant
  /** Fewer versions than these are left alone. */
  readonly from: number
}

export async function expireMoved(
  lakehouse: Lakehouse,
  graph: Graph,
  tables: readonly TableName[],
  leases: HeldLeases,
): Promise<readonly Move[]> {
  const { catalog, environment } = lakehouse
  const shown = await catalog.environment(environment)
  let read: VersionsRead | undefined
  const moves: Move[] = []
  for (const table of tables) {
    const ref = shown?.overlay[table]
    if (ref === null || ref === undefined || ref.format === 'view') continue
    const keep = keepOf(graph, table, lakehouse.clock.now())
    if ((await lakehouse.format.versions(ref)).length < keep.from) continue
    read ??= await versionsRead(lakehouse)
    moves.push(...(await forget(lakehouse, ref, { ...keep, read: read.get(table) ?? new Set() })))
  }
  if (moves.length === 0) return []
  failpoint('expire.staged')
  const publication: Publication = {
    id: hash(`expire ${newId()}`) as string as PublicationId,
    environment,
    parent: shown?.head ?? null,
    at: lakehouse.clock.now(),
    run: null,
    moves,
  }
  const published = await catalog.publish(publication, leases.confirm)
  failpoint('expire.published')
  // Somebody else moved a table in between: there is always a next time.
  return published.status === 'done' ? moves : []
}

/** What a table's definition says of how long its versions stay. */
export const saidKeep = ({ nodes, producers }: Pick<Graph, 'nodes' | 'producers'>, table: TableName): Output['keep'] =>
  nodes.get(producers.get(table) ?? '')?.outputs[table]?.keep

function keepOf(graph: Graph, table: TableName, now: Instant): Keep {
  const said = saidKeep(graph, table)
  const versions = said?.versions ?? defaultKeep.versions
  const keepMs = parseDuration(said?.history ?? defaultKeep.history) ?? 0
  const times = said?.versions === undefined ? slack.unsaid : slack.said
  return { versions, newerThan: (now - keepMs) as Instant, from: versions * times }
}

/** The move of a table to fewer versions; none: all of them stay. */
export async function forget(
  { format }: Lakehouse,
  ref: TableRef,
  keep: Parameters<Lakehouse['format']['expire']>[1],
): Promise<readonly Move[]> {
  const staged = await format.expire(ref, keep)
  return staged === null ? [] : [{ table: ref.table, from: ref.version, to: staged.next, how: 'maintenance' }]
}
