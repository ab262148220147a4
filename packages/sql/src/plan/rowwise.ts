import { noteBounds } from './bounds.ts'
import { evaluateAll } from './expression.ts'
import { hashOf } from './hash.ts'
import { childOf, type Expression, type PlanNode } from './node.ts'
import {
  type Column,
  filtered,
  influencesOf,
  mergeInfluences,
  pick,
  type Relation,
  sealed,
  withoutOrigins,
} from './relation.ts'
import type { Walk } from './walk.ts'

export function projection(node: PlanNode, walk: Walk): Relation {
  const below = childOf(node)
  const child = walk.run(below)
  return { ...child, columns: evaluateAll(node.expressions, child, below) }
}

export function filter(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  noteBounds(node.expressions ?? [], child.columns)
  const predicates = evaluateAll(node.expressions, child)
  walk.drops.push(...droppedBy(node, predicates, walk))
  const kept = filtered(child, predicates, mergeInfluences(child.influences, influencesOf(predicates, 'filter')))
  return { ...kept, columns: pick(kept.columns, node.projection_map) }
}

/** A filter that looks at other rows: by what a window or an aggregate gives, or whether nothing is found in a subquery. */
function droppedBy(
  { expressions = [], children = [] }: PlanNode,
  predicates: readonly Column[],
  { partitions }: Walk,
): readonly (readonly Column[])[] {
  const kinds = new Set(predicates.flatMap(({ from }) => [...from.values()]))
  const [below] = children
  const isMarked = below?.join_type === 'MARK' && expressions.some(negates)
  // A count has no sources.
  const ofGroups = below?.type === 'LOGICAL_AGGREGATE_AND_GROUP_BY' ? (below.groups ?? []).length : Infinity
  if (kinds.has('aggregate') || isMarked || expressions.some((one) => highestIndex(one) >= ofGroups)) return [[]]
  return kinds.has('window') ? partitions : []
}

function highestIndex({ expression_class, index = 0, left, right, child, children = [] }: Expression): number {
  if (expression_class === 'BOUND_REF') return index
  const parts = [left, right, child, ...children].filter((one) => one !== undefined)
  return Math.max(-1, ...parts.map(highestIndex))
}

const negates = ({ type, children = [] }: Expression): boolean => type === 'OPERATOR_NOT' || children.some(negates)

/** A window's value depends on the rows that it saw, so its hash holds them; and a later filter must not move below it. */
export function window(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  for (const { partitions = [] } of node.expressions ?? []) walk.partitions.push(evaluateAll(partitions, child))
  const made = evaluateAll(node.expressions, child).map((one) => ({
    ...one,
    decides: mergeInfluences(one.decides, child.influences),
    hash: hashOf(child.rows, one.hash),
  }))
  return { ...child, columns: [...withoutOrigins(child.columns), ...made] }
}

/** The length of a list decides how many rows there are. */
export function unnest(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  const made = evaluateAll(node.expressions, child)
  return {
    ...sealed(child),
    columns: [...child.columns, ...made],
    rows: hashOf('unnest', child.rows, ...made.map((one) => one.hash)),
    influences: mergeInfluences(child.influences, influencesOf(made, 'unnest')),
  }
}
