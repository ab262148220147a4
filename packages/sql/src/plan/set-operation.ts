import { hashOf } from './hash.ts'
import type { PlanNode } from './node.ts'
import { type Column, columnAt, influencesOf, mergeInfluences, type Relation, unionSources } from './relation.ts'
import type { Walk } from './walk.ts'

/** union, except, intersect. In the last two the right side decides which rows stay; it gives no value. */
export function setOperation(node: PlanNode, walk: Walk): Relation {
  const sides = (node.children ?? []).map((child) => walk.run(child))
  const [first, ...others] = sides
  if (first === undefined) throw new Error(`${node.type} without children`)
  const gives = node.type === 'LOGICAL_UNION'
  if (node.type === 'LOGICAL_EXCEPT') walk.drops.push([])
  const columns = first.columns.map((column, i): Column => {
    const same = sides.map((side) => columnAt(side.columns, i))
    const from = gives ? unionSources(same.map((one) => one.from)) : column.from
    return {
      from,
      decides: mergeInfluences(...same.map((one) => one.decides)),
      hash: hashOf(node.type, ...same.map((one) => one.hash)),
    }
  })
  const deciding = gives ? [] : others.flatMap((side) => side.columns)
  const rows = hashOf(node.type, node.setop_all ?? true, ...sides.map((side) => side.rows))
  return {
    columns,
    rows: gives ? rows : hashOf(rows, ...columns.map((one) => one.hash)),
    influences: mergeInfluences(...sides.map((side) => side.influences), influencesOf(deciding, 'filter')),
    predicates: [],
  }
}
