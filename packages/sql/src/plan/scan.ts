import { evaluateAll } from './expression.ts'
import { hashOf, hashOfData, textOfData } from './hash.ts'
import { childOf, type PlanNode } from './node.ts'
import {
  type Column,
  columnAt,
  constantRelation,
  influencesOf,
  mergeInfluences,
  mergeSources,
  noSources,
  type Relation,
  type Scan,
} from './relation.ts'
import type { Walk } from './walk.ts'

/** A table, or a table function over nothing or over the rows of a child. */
export function get(node: PlanNode, walk: Walk): Relation {
  const { schema, table } = node.function_data ?? {}
  return table === undefined ? tableFunction(node, walk) : tableScan(node, `${schema}.${table}`, walk)
}

/** Outputs stand in the order of `column_indexes`, columns that only filters use among them. */
function tableScan(node: PlanNode, table: string, walk: Walk): Relation {
  const scan: Scan = { table, bounds: [] }
  walk.tables.add(table)
  walk.scans.push(scan)
  const columns = readColumns(node).map(({ name, facts }): Column => {
    const from = new Map([[`${table}.${name}`, 'copy' as const]])
    return {
      from,
      decides: new Map(),
      hash: hashOf('col', table, name.toLowerCase(), facts),
      origin: { scan, column: name },
    }
  })
  const rows = hashOf('get', table, hashOfData(node.table_filters ?? {}))
  return { columns, rows, influences: new Map(), predicates: [] }
}

function tableFunction(node: PlanNode, walk: Walk): Relation {
  walk.odd = true
  const child = node.children?.length ? walk.run(childOf(node)) : null
  const inputs = child?.columns ?? []
  const called = hashOf(
    node.name ?? '',
    hashOfData(node.parameters ?? []),
    hashOfData(node.named_parameters ?? {}),
    child?.rows ?? '',
    ...inputs.map((one) => one.hash),
  )
  const from = child === null ? noSources : mergeSources('derive', ...inputs.map((one) => one.from))
  const columns = readColumns(node).map(({ name, facts }): Column => ({
    from,
    decides: new Map(),
    hash: hashOf('col', called, name.toLowerCase(), facts),
  }))
  const carried = (node.projected_input ?? []).map((at) => columnAt(inputs, at))
  const influences = mergeInfluences(child?.influences ?? new Map(), influencesOf(inputs, 'unnest'))
  return {
    columns: [...columns, ...carried],
    rows: hashOf('get', called, hashOfData(node.table_filters ?? {})),
    influences,
    predicates: [],
  }
}

function readColumns(node: PlanNode): readonly { readonly name: string; readonly facts: string }[] {
  const indexes = node.column_indexes ?? []
  const chosen = node.projection_ids?.length ? node.projection_ids.map((at) => indexes[at]) : indexes
  return chosen.flatMap((one) => {
    if (one === undefined) return []
    const at = one.index ?? 0
    const facts = textOfData([node.returned_types?.[at] ?? 0, one.child_indexes ?? []])
    return [{ name: node.names?.[at] ?? 'rowid', facts }]
  })
}

export const dummyScan = (): Relation => constantRelation(1, 'dummy')

export const emptyResult = (node: PlanNode): Relation =>
  constantRelation((node.return_types ?? node.bindings ?? []).length, 'empty')

export function chunkGet(node: PlanNode, walk: Walk): Relation {
  walk.odd = true
  return constantRelation((node.chunk_types ?? []).length, hashOfData(node.collection ?? 0))
}

/** `values (...), (...)`: the expressions are lists of rows. */
export function expressionGet(node: PlanNode, walk: Walk): Relation {
  const child = walk.run(childOf(node))
  const lists = (node.expressions ?? []) as unknown as readonly (typeof node.expressions)[]
  const rows = lists.map((row) => evaluateAll(row, child))
  const columns = (node.expr_types ?? []).map((_, i): Column => {
    const cells = rows.map((row) => columnAt(row, i))
    return {
      from: mergeSources('derive', ...cells.map((cell) => cell.from)),
      decides: new Map(),
      hash: hashOf('values', ...cells.map((cell) => cell.hash)),
    }
  })
  return { columns, rows: hashOf('values', child.rows, rows.length), influences: child.influences, predicates: [] }
}
