import type { Edge, SqlFacts, TableName } from '@millrace/core'
import { type BoundFacts, type StoredEdge, unpackEdges } from '../facts.ts'

/** The edges of one model as little text, to be kept and looked into seldom. */
export interface PackedLineage extends Pick<BoundFacts, 'sources' | 'edges'> {
  /** Output columns in order. */
  readonly names: readonly string[]
}

/** Facts show edges; what they were packed in is found again here, so that keeping a graph unpacks none. */
const packed = new WeakMap<SqlFacts, PackedLineage>()

export function rememberLineage(facts: SqlFacts, lineage: PackedLineage): SqlFacts {
  packed.set(facts, lineage)
  return facts
}

/** The lineage of facts that a reader of this process gave; null for any others.
 *
 * ```ts
 * import { openSqlReader, packedLineage, unpackLineage } from '@millrace/sql'
 * const reader = openSqlReader()
 * const model = { name: 'a.b', sql: 'select 1 as one', file: 'b.sql', start: { line: 1, column: 1 } } as const
 * const facts = (await reader.read([model], new Map())).get('a.b')
 * await reader.close()
 * const packed = facts === undefined ? null : packedLineage(facts)
 * packed === null ? null : unpackLineage('a.b', packed) //=> []
 * ```
 */
export const packedLineage = (facts: SqlFacts): PackedLineage | null => packed.get(facts) ?? null

export function unpackLineage(table: TableName, lineage: PackedLineage): readonly Edge[] {
  // One text for each output, shared by its edges.
  const outputs = lineage.names.map((name) => `${table}.${name}` as const)
  return unpackEdges(lineage).map((edge) => edgeOf(edge, table, outputs))
}

function edgeOf(edge: StoredEdge, table: TableName, outputs: readonly `${TableName}.${string}`[]): Edge {
  const from = edge.from as `${TableName}.${string}`
  const to = outputs[edge.to]
  if ('by' in edge) return { from, to: to ?? `${table}.`, by: edge.by }
  return to === undefined ? { from, to: table, by: edge.decides } : { from, to, decides: edge.decides }
}
