import type {
  ColumnSpec,
  Columns,
  Edge,
  Hash,
  Issue,
  RowEdgeKind,
  SqlFacts,
  SqlModel,
  TableName,
  ValueEdgeKind,
} from '@millrace/core'
import type { BoundFacts } from '../facts.ts'
import type { Finding } from '../finding.ts'
import { rangesOf, windowsOf } from '../ranges.ts'
import { fromDuckType } from '../types.ts'
import { issueOf } from './issues.ts'

/** Facts of a model that could not be read: its mistakes, and its columns where they could be told. */
export function brokenFacts(reads: readonly TableName[], issues: readonly Issue[], columns: Columns = {}): SqlFacts {
  const nothing = { params: [], columns, columnHashes: {}, lineage: [], uses: {}, ranges: {}, windows: {} }
  return { ...nothing, reads, rows: '' as Hash, issues }
}

/** Facts of a text that was bound, in the words of the core. */
export function assemble(
  model: SqlModel,
  reads: readonly TableName[],
  bound: BoundFacts,
  inputs: readonly Columns[],
): SqlFacts {
  const { columns, findings } = outputColumns(bound)
  const issues = inTextOrder([...bound.findings, ...findings]).map((one) => issueOf(one, model, inputs))
  if (issues.length > 0) return brokenFacts(reads, issues, columns)
  const names = bound.columns.map(([name]) => name)
  return {
    reads,
    params: bound.params.map(([name]) => name),
    columns,
    rows: bound.rows as Hash,
    columnHashes: Object.fromEntries(names.map((name, i) => [name, (bound.hashes[i] ?? '') as Hash])),
    lineage: bound.edges.map((edge) => edgeOf(edge, model.name, names)),
    uses: usesOf(bound),
    ranges: rangesOf(bound.bounds),
    windows: windowsOf(bound.bounds),
    issues: [],
  }
}

const inTextOrder = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || 0)

function outputColumns(bound: BoundFacts): { readonly columns: Columns; readonly findings: readonly Finding[] } {
  const columns: Record<string, ColumnSpec> = {}
  const findings: Finding[] = []
  for (const [column, text] of bound.columns) {
    const type = fromDuckType(text)
    if (type === null) findings.push({ code: 'sql/unsupported-type', params: { column, type: text }, at: null })
    else columns[column] = { type }
  }
  return { columns, findings }
}

function edgeOf(
  [from, to, kind, decides]: BoundFacts['edges'][number],
  table: TableName,
  names: readonly string[],
): Edge {
  const source = from as `${TableName}.${string}`
  if (to < 0) return { from: source, to: table, by: kind as RowEdgeKind }
  const target = `${table}.${names[to] ?? ''}` as const
  return decides === 1
    ? { from: source, to: target, decides: kind as RowEdgeKind }
    : { from: source, to: target, by: kind as ValueEdgeKind }
}

function usesOf(bound: BoundFacts): SqlFacts['uses'] {
  const uses = new Map<TableName, Set<string>>(bound.tables.map((table) => [table as TableName, new Set()]))
  // A column influences many others: each is split once.
  for (const from of new Set(bound.edges.map(([name]) => name))) {
    const dot = from.indexOf('.', from.indexOf('.') + 1)
    uses.get(from.slice(0, dot) as TableName)?.add(from.slice(dot + 1))
  }
  return Object.fromEntries([...uses].map(([table, columns]) => [table, [...columns].toSorted()]))
}
