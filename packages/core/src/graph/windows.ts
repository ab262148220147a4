import type { Columns } from '../columns.ts'
import type { TableName } from '../words.ts'
import type { Edge, Input } from './graph.ts'

export interface Reading {
  readonly inputs: readonly Input[]
  readonly outputs: Readonly<Record<TableName, { readonly write: unknown; readonly columns: Columns }>>
  /** How its columns come from those of its inputs. */
  readonly lineage: () => readonly Edge[]
}

export interface StoredColumn {
  readonly table: TableName
  readonly column: string
}

/**
 * The stored columns that a column of a table shows: itself, or through views those that they copy, one for each branch of a
 * `union all`. null: a part of it is computed, and where its rows lie is not known.
 */
export function storedColumns(
  table: TableName,
  column: string,
  producerOf: (table: TableName) => Reading | undefined,
): readonly StoredColumn[] | null {
  const reading = producerOf(table)
  if (reading?.outputs[table]?.write !== 'view') return [{ table, column }]
  const found = new Map<string, StoredColumn>()
  for (const below of copiedBy(reading, `${table}.${column}`)) {
    const stored = storedColumns(below.table, below.column, producerOf)
    if (stored === null) return null
    for (const one of stored) found.set(`${one.table}.${one.column}`.toLowerCase(), one)
  }
  return found.size === 0 ? null : [...found.values()]
}

/** What a column of a view is copied from; nothing where any of its values is computed. */
function copiedBy(reading: Reading, column: string): readonly StoredColumn[] {
  const name = column.toLowerCase()
  const edges = reading.lineage().filter((edge) => 'by' in edge && edge.to.toLowerCase() === name)
  if (edges.some((edge) => !('by' in edge) || edge.by !== 'copy')) return []
  return edges.map(({ from }) => {
    const [layer, table, ...rest] = from.split('.')
    return { table: `${layer ?? ''}.${table ?? ''}`, column: rest.join('.') }
  })
}
