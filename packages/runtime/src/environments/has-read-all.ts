import { decide, type Environment, type Graph, inputVersion, type TableName, type TableState } from '@millrace/core'
import { observeWindows } from '../observe/observe.ts'
import { hash, type Lakehouse, stateOf } from '../workspace/lakehouse.ts'

/** Whether a table of an environment was computed from all that its base has, and so from everything that the base's was. */
export type HasRead = (table: TableName) => Promise<boolean>

type States = ReadonlyMap<TableName, TableState>

/** A run in the environment would find nothing to do for the table, over the inputs that the base has after the promotion. */
export function hasReadAll(
  lakehouse: Lakehouse,
  graph: Graph,
  environment: Environment,
  { mine, afterwards }: { readonly mine: States; readonly afterwards: States },
): HasRead {
  return async (table) => {
    const node = graph.nodes.get(graph.producers.get(table) ?? '')
    if (node === undefined) return false
    const version = (input: TableName, tables: States): string => inputVersion(input, { graph, seen: { tables }, hash })
    if (node.inputs.some(({ table: input }) => version(input, mine) !== version(input, afterwards))) return false
    const windows = await observeWindows(lakehouse, graph, mine, { only: node.id })
    const seen = { now: lakehouse.clock.now(), environment, tables: mine, sources: new Map(), pace: {}, ...windows }
    const decision = decide(node, { graph, seen, options: {}, hash, pending: new Set() })
    return 'action' in decision && decision.action === null
  }
}

/** Whether all rows of a table were written since it was forked: none of them rests on rows that its base had then. */
export async function isBuiltAnew(lakehouse: Lakehouse, state: TableState): Promise<boolean> {
  const { begun } = state.progress
  const origin = await lakehouse.format.origin(state.ref)
  if (begun === undefined || origin === null) return false
  return begun !== (await stateOf(lakehouse, origin)).progress.begun
}
