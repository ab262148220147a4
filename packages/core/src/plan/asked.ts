import { type Issue, issue } from '../errors/issue.ts'
import type { Graph } from '../graph/graph.ts'
import { nearest } from '../graph/nearest.ts'
import type { PlanOptions } from './plan.ts'

/** Tables of which something is asked that they cannot do: it would look as if there was nothing to do. */
export function askedInVain(graph: Graph, { fill = [], restate = [] }: PlanOptions): readonly Issue[] {
  return [...fill.flatMap((table) => ofFill(graph, table)), ...restate.flatMap((table) => ofRestate(graph, table))]
}

const ofFill = (graph: Graph, table: string): readonly Issue[] => {
  const node = nodeOf(graph, table)
  if (node === undefined) return [unknown(graph, table)]
  if (node.work.executor === 'connector') return [issue('plan/not-computed', { table, what: 'a source' })]
  return node.intervals === undefined ? [issue('plan/not-by-interval', { table })] : []
}

function ofRestate(graph: Graph, table: string): readonly Issue[] {
  const node = nodeOf(graph, table)
  if (node === undefined) return [unknown(graph, table)]
  if (node.work.executor === 'connector') return [issue('plan/not-computed', { table, what: 'a source' })]
  const isView = Object.values(node.outputs).every(({ write }) => write === 'view')
  return isView ? [issue('plan/not-computed', { table, what: 'a view' })] : []
}

function nodeOf({ nodes, producers }: Graph, table: string): ReturnType<Graph['nodes']['get']> {
  const found = [...producers].find(([name]) => name.toLowerCase() === table.toLowerCase())
  return nodes.get(found?.[1] ?? '')
}

const unknown = ({ producers }: Graph, expression: string): Issue =>
  issue('plan/nothing-selected', { expression }, { candidates: nearest(expression, producers.keys()) })
