import type {
  ColumnName,
  Environment,
  Graph,
  Interval,
  Issue,
  Observed,
  SourceOffer,
  TableName,
  TableRef,
  TableState,
} from '@millrace/core'
import { fail, MillraceError, storedColumns } from '@millrace/core'
import { offerOf, type SourceProblem } from '../sources/sources.ts'
import { type Lakehouse, statesOf } from '../workspace/lakehouse.ts'
import { changedSince, extentOf, hull } from './extents.ts'

export interface Seen {
  readonly observed: Observed
  readonly refs: ReadonlyMap<TableName, TableRef>
  /** What is wrong with sources, of which the plan knows no more than that. */
  readonly problems: readonly SourceProblem[]
}

/** Looks at the world once, so that deciding needs no I/O. */
export async function observe(lakehouse: Lakehouse, graph: Graph): Promise<Seen> {
  const environment = await lakehouse.catalog.environment(lakehouse.environment)
  if (environment === null) fail('lake/no-environment', { name: lakehouse.environment })
  const refs = await lakehouse.catalog.resolve(lakehouse.environment)
  const tables = await statesOf(lakehouse, refs)
  const sources = new Map<string, SourceOffer>()
  const problems: SourceProblem[] = []
  for (const node of graph.nodes.values()) {
    if (node.work.executor === 'connector') sources.set(node.id, await offerOf(lakehouse, node, tables, problems))
  }
  const observed: Observed = {
    now: lakehouse.clock.now(),
    environment,
    tables,
    taken: await takenBy(lakehouse, environment),
    sources,
    ...(await observeWindows(lakehouse, graph, tables)),
    pace: await lakehouse.state.pace(),
  }
  return { observed, refs, problems }
}

/** Names under which other programs have made tables: what the environment has made itself is its own. */
async function takenBy({ catalog }: Lakehouse, environment: Environment): Promise<ReadonlySet<TableName>> {
  const names = [...(await catalog.foreign(environment.name)).keys()]
  return new Set(names.filter((table) => (environment.overlay[table] ?? null) === null))
}

/** Through views, to the tables that store the column: from the first to the last row in any of them. */
async function storedExtent(
  lakehouse: Lakehouse,
  graph: Graph,
  tables: ReadonlyMap<TableName, TableState>,
  of: { readonly table: TableName; readonly column: string },
): Promise<Interval | null> {
  const stored = storedColumns(of.table, of.column, (table) => {
    const node = graph.nodes.get(graph.producers.get(table) ?? '')
    return node === undefined ? undefined : { ...node, lineage: graph.lineage }
  })
  const extents = await Promise.all(
    (stored ?? []).map(async (one) => {
      const state = tables.get(one.table)
      return state === undefined ? null : await extentOf(lakehouse, state, one)
    }),
  )
  return hull(extents.filter((one) => one !== null))
}

/** Where the rows of interval models' inputs lie in time, and where rows came since each interval was filled. */
export async function observeWindows(
  lakehouse: Lakehouse,
  graph: Graph,
  tables: ReadonlyMap<TableName, TableState>,
  { only }: { readonly only?: string } = {},
): Promise<Pick<Observed, 'extents' | 'untimed' | 'changed'>> {
  const extents = new Map<ColumnName, Interval>()
  const untimed = new Map<string, readonly Issue[]>()
  const changed = new Map<`${ColumnName}@${string}`, readonly Interval[]>()
  for (const node of graph.nodes.values()) {
    if (only !== undefined && node.id !== only) continue
    const covered = (Object.keys(node.outputs) as TableName[]).flatMap(
      (table) => tables.get(table)?.progress.covered ?? [],
    )
    for (const { table, window } of node.inputs) {
      const state = tables.get(table)
      if (window === undefined || state === undefined) continue
      const extent = await storedExtent(lakehouse, graph, tables, { table, column: window }).catch((error: unknown) => {
        if (!(error instanceof MillraceError)) throw error
        untimed.set(node.id, [...(untimed.get(node.id) ?? []), ...error.issues])
        return null
      })
      if (extent !== null) extents.set(`${table}.${window}`, extent)
      // What came into a view is not looked up; not known means that every interval is looked at again.
      if (state.ref.format === 'view') continue
      for (const version of new Set(covered.map(({ of }) => of[table]))) {
        if (version === undefined || version === state.data) continue
        const since = await changedSince(lakehouse, state, version, window)
        if (since !== null) changed.set(`${table}.${window}@${version}`, since)
      }
    }
  }
  return { extents, untimed, changed }
}
