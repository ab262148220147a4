import type { ColumnSpec, Columns, Hash, Issue, SqlFacts, SqlModel, TableName } from '@millrace/core'
import type { BoundFacts } from '../facts.ts'
import type { Finding } from '../finding.ts'
import { rangesOf, windowsOf } from '../ranges.ts'
import { keywordOffset } from '../text/lexer.ts'
import { fromDuckType, hasUnnamedFields } from '../types.ts'
import { issueOf } from './issues.ts'
import { rememberLineage, unpackLineage } from './packed-lineage.ts'

/** Facts of a model that could not be read: its mistakes, and its columns where they could be told. */
export function brokenFacts(reads: readonly TableName[], issues: readonly Issue[], columns: Columns = {}): SqlFacts {
  const nothing = { params: [], columns, columnHashes: {}, lineage: [], uses: {}, ranges: {}, windows: {} }
  const rows = {
    rows: '' as Hash,
    needs: { rows: [], columns: {} },
    joins: [],
    broughtBy: [],
    takesSome: false,
    drops: [],
    unsteady: [],
  }
  return { ...nothing, ...rows, reads, issues }
}

/** Facts of a text that was bound, in the words of the core. What is `stored` has only types that tables have; another type is
 * shown as text. */
export function assemble(
  model: SqlModel,
  reads: readonly TableName[],
  bound: BoundFacts,
  inputs: readonly Columns[],
  { stored }: { readonly stored: boolean } = { stored: true },
): SqlFacts {
  const { columns, findings } = outputColumns(bound, model.sql, stored)
  const issues = inTextOrder([...bound.findings, ...findings]).map((one) => issueOf(one, model, inputs))
  if (issues.length > 0) return brokenFacts(reads, issues, columns)
  const names = bound.columns.map(([name]) => name)
  const lineage = { names, sources: bound.sources, edges: bound.edges }
  const facts: SqlFacts = {
    reads,
    params: bound.params.map(([name]) => name),
    columns,
    rows: bound.rows as Hash,
    columnHashes: Object.fromEntries(names.map((name, i) => [name, (bound.hashes[i] ?? '') as Hash])),
    needs: {
      rows: bound.needs[names.length] ?? [],
      columns: Object.fromEntries(names.map((name, i) => [name, bound.needs[i] ?? []])),
    },
    get lineage() {
      return unpackLineage(model.name, lineage)
    },
    uses: usesOf(bound),
    joins: bound.joins as SqlFacts['joins'],
    broughtBy: bound.broughtBy as SqlFacts['broughtBy'],
    takesSome: bound.takesSome,
    drops: bound.drops,
    unsteady: bound.unsteady.flatMap((at) => names[at] ?? []),
    ranges: rangesOf(bound.bounds),
    windows: windowsOf(bound.bounds),
    issues: [],
  }
  return rememberLineage(facts, lineage)
}

const inTextOrder = (findings: readonly Finding[]): readonly Finding[] =>
  findings.toSorted((a, b) => (a.at ?? Infinity) - (b.at ?? Infinity) || 0)

function outputColumns(
  bound: BoundFacts,
  sql: string,
  stored: boolean,
): { readonly columns: Columns; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const columns = bound.columns.flatMap(([column, text]): (readonly [string, ColumnSpec])[] => {
    const type = fromDuckType(text)
    if (type !== null) return [[column, { type }]]
    const isUnnamed = hasUnnamedFields(text)
    if (!isUnnamed && !stored) return [[column, { type: 'string' }]]
    const at = keywordOffset(sql, column.toLowerCase())
    findings.push({
      code: isUnnamed ? 'sql/unnamed-fields' : 'sql/unsupported-type',
      params: { column, type: text },
      at,
    })
    return []
  })
  return { columns: Object.fromEntries(columns), findings }
}

function usesOf({ tables, sources }: BoundFacts): SqlFacts['uses'] {
  const uses = new Map<string, string[]>()
  let [prefix, columns]: [string, string[] | undefined] = ['?', undefined]
  for (const from of sources) {
    // Columns of one table mostly follow each other: a name is cut out and looked up only where the table changes.
    if (!from.startsWith(prefix)) {
      prefix = from.slice(0, from.indexOf('.', from.indexOf('.') + 1) + 1)
      columns = []
      uses.set(prefix.slice(0, -1), columns)
    }
    columns?.push(from.slice(prefix.length))
  }
  // Tables that give rows and no column.
  for (const table of tables) if (!uses.has(table)) uses.set(table, [])
  return Object.fromEntries(uses)
}
