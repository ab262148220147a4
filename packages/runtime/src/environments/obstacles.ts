// Everything that stands in the way of a promotion, found before anything is written and told at once.
import {
  compare,
  type Graph,
  holdsMore,
  inputVersion,
  type Issue,
  issue,
  lostOf,
  type Node,
  printInterval,
  type TableName,
  type TableState,
} from '@millrace/core'
import { hash } from '../workspace/lakehouse.ts'
import type { HasRead } from './has-read-all.ts'

type States = ReadonlyMap<TableName, TableState>

export interface Asked {
  /** The environment that is promoted. */
  readonly name: string
  readonly graph: Graph
  readonly tables: readonly TableName[]
  /** Tables of which the base may lose history. */
  readonly allow: readonly string[]
  /** What the environment shows, what its base does, and what the base will. */
  readonly mine: States
  readonly theirs: States
  readonly afterwards: States
  readonly hasRead: HasRead
}

export async function obstacles(asked: Asked): Promise<readonly Issue[]> {
  const { name, graph, tables, allow, mine, theirs } = asked
  const found = tables.map(async (table): Promise<readonly Issue[]> => {
    const state = mine.get(table)
    const node = graph.nodes.get(graph.producers.get(table) ?? '')
    if (state === undefined || node === undefined) return []
    return [
      ...staleDefinition(name, state, node.outputs[table]),
      ...worseThan(node, state, theirs.get(table)),
      ...(allow.includes(table) ? [] : lostHistory(name, node, state, theirs)),
      ...(await foreignInputs(node, state, asked)),
    ]
  })
  return (await Promise.all(found)).flat()
}

function staleDefinition(
  name: string,
  state: TableState,
  output: { readonly fingerprint: NonNullable<TableState['made']> } | undefined,
): readonly Issue[] {
  if (output === undefined) return []
  const { table } = state.ref
  if (state.made === null) return [issue('env/made-elsewhere', { table })]
  const changed = compare(state.made, output.fingerprint).some(({ change }) => change !== 'reader')
  return changed ? [issue('env/not-current', { name, table })] : []
}

/** What the base would lose, or get from where its rows do not come from. */
function worseThan(node: Node, state: TableState, theirs: TableState | undefined): readonly Issue[] {
  if (theirs === undefined) return []
  const { table } = state.ref
  const covered = state.progress.covered.map(({ interval }) => interval)
  const lost = lostOf(node.intervals, theirs.progress.covered, covered).map(printInterval)
  return [
    ...(lost.length === 0 ? [] : [issue('env/covers-less', { table, intervals: lost.join('; ') })]),
    // What models compute is told by their inputs; a seed is the project's own, whatever it held before.
    ...(node.work.executor === 'connector' &&
    node.work.connector !== 'seed' &&
    state.progress.origin !== theirs.progress.origin
      ? [issue('env/other-origin', { table })]
      : []),
  ]
}

/** A history that was built anew here knows only what its inputs still tell; one that went on from the base's has all of it. */
function lostHistory(
  name: string,
  { replay, work }: Node,
  { ref: { table }, progress }: TableState,
  theirs: States,
): readonly Issue[] {
  const before = theirs.get(table)
  if (before === undefined || before.ref.format === 'view' || progress.begun === before.progress.begun) return []
  // What a source has landed is told by where it comes from.
  if (work.executor === 'connector' || (replay !== 'never' && !holdsMore(before.progress, theirs))) return []
  return [issue('env/would-lose-history', { name, table })]
}

async function foreignInputs(node: Node, state: TableState, asked: Asked): Promise<readonly Issue[]> {
  const { name, graph, mine, theirs, afterwards, hasRead } = asked
  const { table } = state.ref
  const { position, covered } = state.progress
  const differing = node.inputs.filter(({ table: input, window }) => {
    const shown = (tables: States): string => inputVersion(input, { graph, seen: { tables }, hash })
    const explained = new Set([shown(theirs), shown(afterwards)])
    const filledFrom = window === undefined ? [] : covered.flatMap(({ of }) => of[input] ?? [])
    return [position[input] ?? [], filledFrom].flat().some((read) => !explained.has(read))
  })
  // What an interval model looks up, or reads outside of its time, opens no interval: it has read all there is to read.
  if (differing.length === 0 || (node.intervals !== undefined && (await hasRead(table)))) return []
  return differing.map(({ table: input }) => {
    const now = inputVersion(input, { graph, seen: { tables: mine }, hash })
    return issue('env/input-differs', { name, table, input, behind: state.progress.position[input] !== now })
  })
}
