import { hashOf, hashOfData } from './hash.ts'
import { childOf, type PlanNode } from './node.ts'
import { type Column, columnAt, mergeInfluences, type Relation, unionSources, withoutOrigins } from './relation.ts'
import type { Walk } from './walk.ts'

/** DuckDB plans every CTE like this, whatever the hint says: the definition, then the body that reads it. */
export function materializedCte(node: PlanNode, walk: Walk): Relation {
  const definition = walk.run(childOf(node))
  const index = node.table_index ?? 0
  // Read in several places, a filter at one of them says nothing of the others.
  const shared = (walk.cteUses.get(index) ?? 0) > 1
  walk.ctes.set(index, shared ? { ...definition, columns: withoutOrigins(definition.columns) } : definition)
  return walk.run(childOf(node, 1))
}

export function cteReference(node: PlanNode, walk: Walk): Relation {
  const relation = walk.ctes.get(node.cte_index ?? 0)
  if (relation === undefined) throw new Error(`CTE ${node.cte_index ?? 0}`)
  return relation
}

/** Sources only ever grow, so going round until nothing is added ends. */
export function recursiveCte(node: PlanNode, walk: Walk): Relation {
  const anchor = walk.run(childOf(node))
  const index = node.table_index ?? 0
  let columns: readonly Column[] = anchor.columns.map((one, i) => ({
    ...one,
    origin: undefined,
    hash: hashOf('self', i),
  }))
  let step: Relation
  let size = -1
  do {
    size = sizeOf(columns)
    walk.ctes.set(index, { columns, rows: 'self', influences: anchor.influences, predicates: [] })
    step = walk.run(childOf(node, 1))
    columns = columns.map((one, i) => grown(one, columnAt(step.columns, i)))
  } while (sizeOf(columns) !== size)
  const hashes = [...anchor.columns, ...step.columns].map((one) => one.hash)
  return {
    columns: columns.map((one, i) => ({ ...one, hash: hashOf('rec', i) })),
    rows: hashOf(
      'recursive',
      node.union_all ?? false,
      hashOfData(node.key_targets ?? []),
      anchor.rows,
      step.rows,
      ...hashes,
    ),
    influences: mergeInfluences(anchor.influences, step.influences),
    predicates: [],
  }
}

const grown = (before: Column, step: Column): Column => ({
  from: unionSources([before.from, step.from]),
  decides: mergeInfluences(before.decides, step.decides),
  hash: before.hash,
})

/** Grows with every source, every stronger kind and every influence. */
const sizeOf = (columns: readonly Column[]): number =>
  columns.reduce(
    (sum, one) =>
      sum +
      JSON.stringify([...one.from]).length +
      [...one.decides.values()].reduce((n, kinds) => n + 1 + kinds.size, 0),
    0,
  )
