import { isNone } from '../text/json.ts'
import { evaluate, evaluateAll } from './expression.ts'
import { hashOf, hashOfData } from './hash.ts'
import { childOf, type PlanNode } from './node.ts'
import {
  type Column,
  columnAt,
  influencesOf,
  mergeInfluences,
  mergeSources,
  noSources,
  type Relation,
  sealed,
  withoutOrigins,
} from './relation.ts'
import type { Walk } from './walk.ts'

/** Outputs are groups, aggregates and grouping functions. Filters above act on groups, so no origin passes through. */
export function aggregate(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  if (isSingleRowGuard(node)) return singleRow(node, child)
  const groups = withoutOrigins(evaluateAll(node.groups, child))
  const aggregates = evaluateAll(node.expressions, child)
  const sets = (node.grouping_sets ?? []).map((set) => hashesAt(groups, set).toSorted().join()).toSorted()
  const keys = groups.map((one) => one.hash).toSorted()
  return {
    columns: [...groups, ...aggregates, ...(node.grouping_functions ?? []).map((of) => groupingFunction(of, groups))],
    rows: hashOf('group', child.rows, ...keys, '|', ...sets),
    influences: mergeInfluences(child.influences, influencesOf(groups, 'group')),
    predicates: [],
  }
}

const hashesAt = (columns: readonly Column[], positions: readonly number[]): string[] =>
  positions.map((at) => columnAt(columns, at).hash)

/** `grouping(a, b)` says which keys a row was grouped by: they decide it and give no value. */
const groupingFunction = (of: readonly number[], groups: readonly Column[]): Column => ({
  from: noSources,
  decides: influencesOf(
    of.map((at) => columnAt(groups, at)),
    'group',
  ),
  hash: hashOf('grouping', ...hashesAt(groups, of)),
})

/** DuckDB wraps an uncorrelated scalar subquery into `first, count_star` without groups, marked so. */
export const isSingleRowGuard = (node: PlanNode): boolean =>
  isNone(node.groupings_index) && (node.groups ?? []).length === 0

/** The values of the guard are those of the subquery: a copy stays a copy. */
function singleRow(node: PlanNode, child: Relation): Relation {
  const columns = (node.expressions ?? []).map((one) => {
    const whole = evaluate(one, child.columns)
    const [only, ...more] = one.children ?? []
    const passes = only !== undefined && more.length === 0
    return passes ? { ...evaluate(only, child.columns), hash: whole.hash, origin: undefined } : whole
  })
  return { columns, rows: hashOf('single', child.rows), influences: child.influences, predicates: [] }
}

/** A wide pivot: groups, then one column per value and aggregate; the child carries them as lists. */
export function pivot(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  const bound = node.bound_pivot
  const groups = Number(bound?.group_count ?? 0)
  const rest = child.columns.slice(groups)
  const made = {
    from: mergeSources('aggregate', ...rest.map((one) => one.from)),
    decides: mergeInfluences(...rest.map((one) => one.decides)),
  }
  const values = hashOf(hashOfData(bound?.pivot_values), ...rest.map((one) => one.hash))
  const columns = (bound?.types ?? []).map((_, i) =>
    i < groups ? columnAt(child.columns, i) : { ...made, hash: hashOf('pivot', i - groups, values) },
  )
  return { ...sealed(child), columns: withoutOrigins(columns), rows: hashOf('pivot', child.rows) }
}
