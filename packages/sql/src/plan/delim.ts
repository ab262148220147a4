// Correlated subqueries. A DELIM_JOIN runs its outer side, hands the distinct values of the correlated columns to the
// DELIM_GETs below its inner side, and joins the two. Which DELIM_JOIN a DELIM_GET belongs to is told only by its types:
// the nearest one around it that hands down the same types.
import { evaluate } from './expression.ts'
import { hashOf } from './hash.ts'
import { joined } from './join.ts'
import { childOf, type PlanNode } from './node.ts'
import type { Relation } from './relation.ts'
import type { Walk } from './walk.ts'

export function delimJoin(node: PlanNode, walk: Walk): Relation {
  const flipped = node.delim_flipped === true
  const outer = walk.run(childOf(node, flipped ? 1 : 0))
  const correlated = (node.duplicate_eliminated_columns ?? []).map((one) => evaluate(one, outer.columns))
  const types = node.mark_types?.length
    ? node.mark_types.map((type) => type.id)
    : (node.duplicate_eliminated_columns ?? []).map((one) => one.return_type?.id)
  walk.outer.push({
    columns: correlated.map((one) => ({ ...one, origin: undefined, hash: hashOf('outer', one.hash) })),
    types: types.join(),
  })
  const inner = walk.run(childOf(node, flipped ? 0 : 1))
  walk.outer.pop()
  return flipped ? joined(node, inner, outer) : joined(node, outer, inner)
}

export function delimGet(node: PlanNode, walk: Walk): Relation {
  const types = (node.chunk_types ?? []).map((type) => type.id).join()
  const of = walk.outer.findLast((one) => one.types === types) ?? walk.outer.at(-1)
  if (of === undefined) throw new Error('correlated columns of no join')
  return {
    columns: of.columns,
    rows: hashOf('delim', ...of.columns.map((one) => one.hash)),
    influences: new Map(),
    predicates: [],
  }
}
