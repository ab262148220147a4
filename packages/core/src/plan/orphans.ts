import { type Issue, issue } from '../errors/issue.ts'
import type { Graph } from '../graph/graph.ts'
import type { TableName } from '../words.ts'
import type { Observed } from './observed.ts'
import type { PlanOptions, Step } from './plan.ts'

/** Tables of this environment that no definition makes any more: dropped only when allowed by name. */
export function dropSteps(
  graph: Graph,
  seen: Observed,
  options: PlanOptions,
): { readonly steps: readonly Step[]; readonly refusals: readonly Issue[] } {
  const allowed = new Set(options.allow ?? [])
  const orphans = [...seen.tables.keys()]
    .filter((table) => !graph.producers.has(table) && !isRejectsTable(table, graph))
    .toSorted()
  return {
    steps: orphans.filter((table) => allowed.has(table)).map(dropStep),
    refusals: orphans.filter((table) => !allowed.has(table)).map((table) => issue('plan/would-drop', { table })),
  }
}

/** Tables that stand beside others and that no definition makes by itself. */
export const isRejectsTable = (table: TableName, graph: Graph): boolean =>
  table.endsWith('__rejects') && graph.producers.has(table.slice(0, -'__rejects'.length) as TableName)

function dropStep(table: TableName): Step {
  return {
    id: `drop ${table}`,
    node: table,
    tables: [table],
    action: 'drop',
    slices: [],
    after: [],
    checkedAfter: [],
    changes: [],
    estimate: { readBytes: 0, writeBytes: 0, seconds: [0, 0], basis: 'statistics' },
    why: [{ reason: 'no-definition' }],
  }
}
