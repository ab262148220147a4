import { evaluate, evaluateAll } from './expression.ts'
import { hashOf, hashOfData } from './hash.ts'
import { childOf, type LimitValue, type Order, type PlanNode } from './node.ts'
import { type Column, influencesOf, mergeInfluences, pick, type Relation, sealed, withoutOrigins } from './relation.ts'
import type { Walk } from './walk.ts'

/** Operators that choose among rows: a later filter acts on what they chose, so it must not move below them. */
const chosen = (child: Relation): Relation => ({ ...sealed(child), columns: withoutOrigins(child.columns) })

export function distinct(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  const on = evaluateAll(node.distinct_targets, child)
  if (on.length > 0) walk.drops.push(on)
  const by = orderColumns(node.order_by?.orders ?? [], child)
  const targets = on.map((one) => one.hash).toSorted()
  return {
    ...chosen(child),
    rows: hashOf('distinct', child.rows, node.distinct_type ?? '', ...targets, ...by.map((one) => one.key)),
    influences: mergeInfluences(
      child.influences,
      influencesOf(on, 'group'),
      influencesOf(
        by.map((one) => one.column),
        'order',
      ),
    ),
  }
}

interface OrderColumn {
  readonly column: Column
  readonly key: string
}

const orderColumns = (orders: readonly Order[], child: Relation): readonly OrderColumn[] =>
  orders.map((one) => {
    const column = evaluate(one.expression, child.columns)
    return { column, key: one.type + one.null_order + column.hash }
  })

export function order(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  const by = orderColumns(node.orders ?? [], child)
  const columns = by.map((one) => one.column)
  return {
    ...sealed(child),
    columns: pick(child.columns, node.projection_map),
    rows: hashOf('order', child.rows, ...by.map((one) => one.key)),
    influences: mergeInfluences(child.influences, influencesOf(columns, 'order')),
  }
}

export function topN(node: PlanNode, walk: Walk): Relation {
  const ordered = order(node, walk)
  walk.drops.push([])
  return { ...chosen(ordered), rows: hashOf('topn', ordered.rows, node.limit ?? '', node.offset ?? '') }
}

export function limit(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  walk.drops.push([])
  const counts = [node.limit_val, node.offset_val].map((value) => limitPart(value, child))
  const columns = counts.flatMap((one) => one.columns)
  return {
    ...chosen(child),
    rows: hashOf('limit', child.rows, ...counts.map((one) => one.key)),
    influences: mergeInfluences(child.influences, influencesOf(columns, 'limit')),
  }
}

function limitPart(
  value: LimitValue | undefined,
  child: Relation,
): { readonly key: string; readonly columns: Column[] } {
  if (value === undefined) return { key: '', columns: [] }
  const { expression, ...rest } = value
  const column = expression === undefined ? null : evaluate(expression, child.columns)
  return { key: hashOfData(rest) + (column?.hash ?? ''), columns: column === null ? [] : [column] }
}

export function sample(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  walk.drops.push([])
  return { ...chosen(child), rows: hashOf('sample', child.rows, hashOfData(node.sample_options)) }
}
