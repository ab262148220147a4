import type { Graph, Query, Ranges, Scan, TableName, TableRef } from '@millrace/core'
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
  const inputs = narrowed(await scansOf(lakehouse, pins, view.reads), (table) => view.inputs?.[table])
  const query: Query = { sql: view.sql, inputs, params: {} }
  // Its inputs may have got and lost columns since: a view shows those that its definition knows.
  return { via: 'query', query, columns: Object.keys(view.columns) }
}

type Scans = Readonly<Record<string, Scan>>

/** The columns that a project knows of a table, by their order; undefined for a table that it does not make. */
export function definedColumns(graph: Graph, table: TableName): readonly string[] | undefined {
  const columns = graph.nodes.get(graph.producers.get(table) ?? '')?.outputs[table]?.columns
  return columns === undefined ? undefined : Object.keys(columns)
}

/**
 * Scans that show the columns that somebody knows of their tables, in that order. A table may have more: files bring new ones,
 * and `select *` means those that it was bound against.
 */
export function narrowed(scans: Scans, columnsOf: (table: TableName) => readonly string[] | undefined): Scans {
  return Object.fromEntries(
    Object.entries(scans).map(([table, scan]) => {
      const columns = columnsOf(table as TableName)
      return [table, columns === undefined ? scan : showingOnly(scan, columns)]
    }),
  )
}

/** A column that the scan has not is left to whoever asks for it. */
function showingOnly(scan: Scan, columns: readonly string[]): Scan {
  if (scan.via === 'files') {
    const byName = new Map(scan.fields.map((field) => [field.name.toLowerCase(), field]))
    const fields = columns.flatMap((name) => byName.get(name.toLowerCase()) ?? [])
    return fields.length === 0 ? scan : { ...scan, fields }
  }
  if (scan.via !== 'query' || scan.columns === undefined) return scan
  const given = new Set(scan.columns.map((name) => name.toLowerCase()))
  const shown = columns.filter((name) => given.has(name.toLowerCase()))
  return shown.length === 0 ? scan : { ...scan, columns: shown }
}

/** Quotes a name for SQL. */
export const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Quotes `layer.name` for SQL. */
export const quoteTable = (table: TableName): string => table.split('.').map(quote).join('.')
