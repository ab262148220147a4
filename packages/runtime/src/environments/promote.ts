// Promotion: what an environment has becomes its base's, without computing and without copying. Invariants:
// 1. One publication moves all promoted tables of the base and takes their overlay rows away, or nothing happens.
// 2. The base's own table goes on: its uuid, location, history and readers survive (`advance`); where it stands elsewhere
//    than where the fork began, the net change is taken over or the promotion is refused.
// 3. A table is promoted only as the project now defines it, and only when what it was computed from is promoted with it or
//    is what the base has; otherwise the base would show rows that nothing in it explains.
import {
  compare,
  type Environment,
  fail,
  type Graph,
  inputVersion,
  type Issue,
  issue,
  lostOf,
  MillraceError,
  type Move,
  type Node,
  printInterval,
  type Publication,
  type TableName,
  type TableRef,
  type TableState,
} from '@millrace/core'
import { forkLocation, hash, type Lakehouse, newLocation, statesOf } from '../workspace/lakehouse.ts'
import { withBase } from './diff.ts'
import { needEnvironment } from './need-environment.ts'
import { publishMoves } from './publish-moves.ts'

export interface Promotion {
  readonly publication: Publication
  readonly moves: readonly Move[]
}

export async function promote(
  lakehouse: Lakehouse,
  graph: Graph,
  name: string,
  only: readonly TableName[],
  { allow = [] }: { readonly allow?: readonly string[] } = {},
): Promise<Promotion> {
  const { environment, base } = await withBase(lakehouse, name)
  const tables = (Object.keys(environment.overlay) as TableName[]).filter(
    (table) => only.length === 0 || only.includes(table),
  )
  if (tables.length === 0) fail('env/nothing-to-promote', { name })
  const here = await lakehouse.catalog.resolve(name)
  const target = await lakehouse.catalog.resolve(base.environment)
  const issues = await obstacles(lakehouse, graph, { name, tables, allow }, here, target)
  if (issues.length > 0) throw new MillraceError(issues)
  const moves: Move[] = []
  const into = await needEnvironment(lakehouse.catalog, base.environment)
  for (const table of tables) {
    const move = await moveOf(lakehouse, into, table, {
      own: environment.overlay[table] ?? null,
      target: target.get(table) ?? null,
    })
    if ('code' in move) issues.push(move)
    else moves.push({ ...move, source: { environment: name, version: environment.overlay[table]?.version ?? '' } })
  }
  if (issues.length > 0) throw new MillraceError(issues)
  const there = { ...lakehouse, environment: base.environment }
  return { publication: await publishMoves(there, 'promote', moves), moves }
}

async function moveOf(
  lakehouse: Lakehouse,
  into: Environment,
  table: TableName,
  { own, target }: { readonly own: TableRef | null; readonly target: TableRef | null },
): Promise<Move | Issue> {
  const owned = into.overlay[table] ?? null
  const from = owned?.version ?? null
  if (own === null) return { table, from, to: null, how: 'drop' }
  if (own.format === 'view') return { table, from, to: own, how: 'fast-forward' }
  if (target === null || target.format === 'view')
    return { table, from, to: await adopt(lakehouse, into.name, own), how: 'fast-forward' }
  const onto = owned === null ? await forkFor(lakehouse, into, target) : target
  const advanced = await lakehouse.format.advance(onto, own, lakehouse.clock.now())
  return 'code' in advanced ? advanced : { table, from, to: advanced.next, how: advanced.how }
}

/** What the target shows of its own base, as the table of its own that it becomes. */
async function forkFor(
  { format, paths }: Lakehouse,
  { name, generation }: Environment,
  shown: TableRef,
): Promise<TableRef> {
  const scope = { name, generation }
  return await format.fork(shown, scope, forkLocation(paths, scope, shown))
}

/** A table that the base has not: it gets one of its own, over the same files. */
async function adopt(lakehouse: Lakehouse, environment: string, own: TableRef): Promise<TableRef> {
  const { generation } = (await lakehouse.catalog.environment(environment)) ?? { generation: 0 }
  const location = newLocation(lakehouse.paths, environment, own.table)
  const fork = await lakehouse.format.fork(own, { name: environment, generation }, location)
  const state = await lakehouse.format.load(own)
  const draft = await lakehouse.format.draft(own.table, fork, location, { write: 'append', columns: state.columns })
  const staged = await lakehouse.format.stage(
    { ...draft, shape: state.shape },
    {
      id: `adopt ${own.version}`,
      add: { files: [], rows: 0, bytes: 0 },
      remove: 'none',
      made: state.made ?? fail('env/made-elsewhere', { table: own.table }),
      progress: state.progress,
      operation: 'append',
      sameRows: true,
      at: lakehouse.clock.now(),
    },
  )
  return staged.next
}

interface Asked {
  readonly name: string
  readonly tables: readonly TableName[]
  /** Tables of which the base may lose history. */
  readonly allow: readonly string[]
}

/** Everything that stands in the way, at once. */
async function obstacles(
  lakehouse: Lakehouse,
  graph: Graph,
  { name, tables, allow }: Asked,
  here: ReadonlyMap<TableName, TableRef>,
  target: ReadonlyMap<TableName, TableRef>,
): Promise<Issue[]> {
  const [mine, theirs] = await Promise.all([statesOf(lakehouse, here), statesOf(lakehouse, target)])
  // As the target will be: a view that it keeps shows what is promoted below it.
  const afterwards = new Map([...theirs, ...[...mine].filter(([table]) => tables.includes(table))])
  return tables.flatMap((table) => {
    const state = mine.get(table)
    const node = graph.nodes.get(graph.producers.get(table) ?? '')
    if (state === undefined || node === undefined) return []
    return [
      ...staleDefinition(table, state, node.outputs[table]),
      ...worseThan(node, state, theirs.get(table)),
      ...(allow.includes(table) ? [] : lostHistory(name, node, state, theirs.get(table))),
      ...foreignInputs(table, state, { graph, theirs, afterwards }),
    ]
  })
}

function staleDefinition(
  table: TableName,
  state: TableState,
  output: { readonly fingerprint: NonNullable<TableState['made']> } | undefined,
): readonly Issue[] {
  if (output === undefined) return []
  if (state.made === null) return [issue('env/made-elsewhere', { table })]
  const changed = compare(state.made, output.fingerprint).some(({ change }) => change !== 'reader')
  return changed ? [issue('env/not-current', { table })] : []
}

/** What the base would lose, or get from where its rows do not come from. */
function worseThan(node: Node, state: TableState, theirs: TableState | undefined): readonly Issue[] {
  if (theirs === undefined) return []
  const { table } = state.ref
  const covered = state.progress.covered.map(({ interval }) => interval)
  const lost = lostOf(node.intervals, theirs.progress.covered, covered).map(printInterval)
  return [
    ...(lost.length === 0 ? [] : [issue('env/covers-less', { table, intervals: lost.join('; ') })]),
    // What models compute is told by their inputs.
    ...(node.work.executor === 'connector' && state.progress.origin !== theirs.progress.origin
      ? [issue('env/other-origin', { table })]
      : []),
  ]
}

/** A history that was built anew here knows only what its inputs still tell; one that went on from the base's has all of it. */
function lostHistory(
  name: string,
  { replay }: Node,
  { ref: { table }, progress }: TableState,
  theirs: TableState | undefined,
): readonly Issue[] {
  if (theirs === undefined || theirs.ref.format === 'view' || progress.begun === theirs.progress.begun) return []
  if (replay !== 'never' && theirs.progress.gathered !== true) return []
  return [issue('env/would-lose-history', { name, table })]
}

function foreignInputs(
  table: TableName,
  state: TableState,
  around: {
    readonly graph: Graph
    readonly theirs: ReadonlyMap<TableName, TableState>
    readonly afterwards: ReadonlyMap<TableName, TableState>
  },
): readonly Issue[] {
  const node = around.graph.nodes.get(around.graph.producers.get(table) ?? '')
  return (node?.inputs ?? []).flatMap(({ table: input, window }) => {
    const shown = (tables: ReadonlyMap<TableName, TableState>): string =>
      inputVersion(input, { graph: around.graph, seen: { tables }, hash })
    const there = [shown(around.theirs), shown(around.afterwards)]
    const covered = window === undefined ? [] : state.progress.covered.flatMap(({ of }) => of[input] ?? [])
    const explained = [state.progress.position[input] ?? [], covered].flat().every((read) => there.includes(read))
    return explained ? [] : [issue('env/input-differs', { table, input })]
  })
}
