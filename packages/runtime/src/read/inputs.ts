import type { Query, Ranges, Scan, TableName, TableRef } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'

/** The tables that a piece of work sees, pinned: two attempts read the same. */
export type Pins = ReadonlyMap<TableName, TableRef>

/** Scans of the tables that a select reads, views unfolded, files pruned by the bounds that the select puts on columns. */
export async function scansOf(
  lakehouse: Lakehouse,
  pins: Pins,
  tables: readonly TableName[],
  ranges: Readonly<Record<TableName, Ranges>> = {},
): Promise<Readonly<Record<string, Scan>>> {
  const out: Record<string, Scan> = {}
  for (const table of tables) {
    const ref = pins.get(table)
    if (ref !== undefined) out[table] = await scanOf(lakehouse, pins, ref, ranges[table])
  }
  return out
}

export async function scanOf(lakehouse: Lakehouse, pins: Pins, ref: TableRef, ranges?: Ranges): Promise<Scan> {
  if (ref.format !== 'view') return await lakehouse.format.offer(ref, ranges)
  const view = await lakehouse.views.load(ref)
  const query: Query = { sql: view.sql, inputs: await scansOf(lakehouse, pins, view.reads), params: {} }
  return { via: 'query', query }
}

/** Quotes a name for SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Quotes `layer.name` for SQL. */
export const quoteTable = (table: TableName): string => table.split('.').map(quote).join('.')
