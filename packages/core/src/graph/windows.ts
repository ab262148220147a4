import type { TableName } from '../words.ts'
import type { Edge, Input } from './graph.ts'

export interface Reading {
  readonly inputs: readonly Input[]
  readonly outputs: Readonly<Record<TableName, { readonly write: unknown }>>
  /** How its columns come from those of its inputs. */
  readonly lineage: () => readonly Edge[]
}

export interface StoredColumn {
  readonly table: TableName
  readonly column: string
}

/** The stored column that a column of a table shows: itself, or through views what they copy. null: it is computed. */
export function storedColumn(
  table: TableName,
  column: string,
  producerOf: (table: TableName) => Reading | undefined,
): StoredColumn | null {
  const reading = producerOf(table)
  if (reading?.outputs[table]?.write !== 'view') return { table, column }
  const name = `${table}.${column}`.toLowerCase()
  const from = reading
    .lineage()
    .find((edge) => 'by' in edge && edge.by === 'copy' && edge.to.toLowerCase() === name)?.from
  if (from === undefined) return null
  const [layer, below, ...rest] = from.split('.')
  return storedColumn(`${layer ?? ''}.${below ?? ''}`, rest.join('.'), producerOf)
}
