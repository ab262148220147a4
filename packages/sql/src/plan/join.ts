import { isSingleRowGuard } from './aggregate.ts'
import { evaluate, hashOfComparison } from './expression.ts'
import { hashOf } from './hash.ts'
import { childOf, type PlanNode } from './node.ts'
import {
  type Column,
  filtered,
  influencesOf,
  mergeInfluences,
  mergeSources,
  noSources,
  ofSide,
  pick,
  type Relation,
  withoutOrigins,
} from './relation.ts'
import type { Walk } from './walk.ts'

export function join(node: PlanNode, walk: Walk): Relation {
  const subquery = crossedInSubquery(node)
  if (node.join_type === 'ANTI' || node.join_type === 'RIGHT_ANTI') walk.drops.push([])
  if (subquery === null) return joined(node, walk.run(childOf(node)), walk.run(childOf(node, 1)))
  const left = walk.run(childOf(node))
  const one = walk.run(subquery)
  return joined({ ...node, join_type: 'SINGLE' }, left, { ...one, columns: one.columns.slice(0, 1) })
}

/** An uncorrelated scalar subquery is crossed in behind its one-row guard: it adds a column and changes no rows. */
function crossedInSubquery(node: PlanNode): PlanNode | null {
  const guard = node.children?.[1]?.children?.[0]
  if (node.type !== 'LOGICAL_CROSS_PRODUCT' || guard === undefined) return null
  return isSingleRowGuard(guard) ? guard : null
}

export function positionalJoin(node: PlanNode, walk: Walk): Relation {
  const both = joined({ ...node, join_type: 'FULL' }, walk.run(childOf(node)), walk.run(childOf(node, 1)))
  return { ...both, columns: withoutOrigins(both.columns), rows: hashOf('positional', both.rows) }
}

/** Two relations by the node's join type and conditions. */
export function joined(node: PlanNode, left: Relation, right: Relation): Relation {
  const type = node.join_type ?? 'INNER'
  return type === 'SINGLE' || type === 'MARK' ? addColumn(node, type, left, right) : joinRows(node, type, left, right)
}

function conditionsOf(node: PlanNode, left: readonly Column[], right: readonly Column[]): readonly Column[] {
  const compared = (node.conditions ?? []).map((one): Column => {
    const sides = [evaluate(one.left, left), evaluate(one.right, right)] as const
    return {
      from: mergeSources('derive', sides[0].from, sides[1].from),
      decides: mergeInfluences(sides[0].decides, sides[1].decides),
      hash: hashOfComparison(one.comparison, sides[0].hash, sides[1].hash),
    }
  })
  const whole = [node.condition, node.predicate].filter((one) => one !== undefined)
  return [...compared, ...whole.map((one) => evaluate(one, [...left, ...right]))]
}

/** SINGLE (a scalar subquery) and MARK (in, any, exists) keep the left rows as they are and add one column. */
function addColumn(node: PlanNode, type: 'SINGLE' | 'MARK', left: Relation, right: Relation): Relation {
  const conditions = conditionsOf(node, left.columns, ofSide('R', right.columns))
  const why = mergeInfluences(right.influences, influencesOf(conditions, type === 'MARK' ? 'filter' : 'join'))
  const key = hashOf(type, right.rows, ...conditions.map((one) => one.hash).toSorted())
  const kept = pick(left.columns, node.left_projection_map)
  if (type === 'MARK') return { ...left, columns: [...kept, { from: noSources, decides: why, hash: key }] }
  const added = pick(right.columns, node.right_projection_map).map((one): Column => ({
    from: one.from,
    decides: mergeInfluences(one.decides, why),
    hash: hashOf(key, one.hash),
  }))
  return { ...left, columns: [...kept, ...added] }
}

function joinRows(node: PlanNode, type: string, left: Relation, right: Relation): Relation {
  const sides = [ofSide('L', left.columns), ofSide('R', right.columns)] as const
  const conditions = conditionsOf(node, ...sides)
  const influences = mergeInfluences(left.influences, right.influences, influencesOf(conditions, 'join'))
  const asof = node.type === 'LOGICAL_ASOF_JOIN'
  const rows = hashOf(asof ? 'asof' : 'x', left.rows, right.rows)
  const columns = outputsOf(node, type, asof, sides)
  if (type === 'INNER' && !asof) return filtered({ columns, rows, influences, predicates: [] }, conditions, influences)
  return {
    columns,
    rows: hashOf(rows, type, ...conditions.map((one) => one.hash).toSorted()),
    influences,
    predicates: [],
  }
}

type Sides = readonly [readonly Column[], readonly Column[]]

function outputsOf(node: PlanNode, type: string, asof: boolean, sides: Sides): readonly Column[] {
  const left = pick(sides[0], node.left_projection_map)
  const right = pick(sides[1], node.right_projection_map)
  if (type === 'SEMI' || type === 'ANTI') return left
  if (type === 'RIGHT_SEMI' || type === 'RIGHT_ANTI') return right
  // Dropping rows of a side that another side is matched against, or padded for, changes what the join gives.
  const keepsLeft = type === 'INNER' || type === 'LEFT'
  const keepsRight = !asof && (type === 'INNER' || type === 'RIGHT')
  return [...(keepsLeft ? left : withoutOrigins(left)), ...(keepsRight ? right : withoutOrigins(right))]
}
