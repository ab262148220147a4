import { noteBounds } from './bounds.ts'
import { evaluateAll } from './expression.ts'
import { hashOf } from './hash.ts'
import { childOf, type PlanNode } from './node.ts'
import { filtered, influencesOf, mergeInfluences, pick, type Relation, sealed, withoutOrigins } from './relation.ts'
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
  const kept = filtered(child, predicates, mergeInfluences(child.influences, influencesOf(predicates, 'filter')))
  return { ...kept, columns: pick(kept.columns, node.projection_map) }
}

/** A window's value depends on the rows that it saw, so its hash holds them; and a later filter must not move below it. */
export function window(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
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
