import { fail, printInstant, type Query, type Scan, type Slice, type TableName } from '@millrace/core'
import { definedColumns, narrowed, scansOf } from '../read/inputs.ts'
import { appended } from './appended.ts'
import { codeQuery } from './code.ts'
import { withoutQuarantined } from './quarantined.ts'
import type { TaskContext } from './task.ts'

/** The rows of one slice that belong into the table, or some of them. */
export async function modelQuery(
  context: TaskContext,
  slice: Slice,
  some: (query: Query) => Query = (query) => query,
): Promise<Query> {
  return await withoutQuarantined(context, some(await ownQuery(context, slice)))
}

/** The model's own select over its inputs, for one slice. */
async function ownQuery(context: TaskContext, slice: Slice): Promise<Query> {
  const { node, graph, lakehouse, pins } = context
  if (node.work.executor === 'code') return await codeQuery(context, slice)
  if (node.work.executor !== 'engine') throw new Error(`${node.id} is no select`)
  const inputs = {
    ...(await scansOf(
      lakehouse,
      pins,
      node.inputs.map(({ table }) => table),
      boundsOf(context, slice),
    )),
  }
  refuseBehind(context, inputs)
  if ('changes' in slice) Object.assign(inputs, await appended(context, slice.changes.after))
  const params =
    'interval' in slice ? { from: printInstant(slice.interval.from), to: printInstant(slice.interval.to) } : {}
  const known = narrowed(inputs, (table) => definedColumns(graph, table))
  return { sql: node.work.sql, inputs: known, params }
}

/** Inputs that another run is to give the columns that their definitions have. */
function refuseBehind({ node }: TaskContext, scans: Readonly<Record<string, Scan>>): void {
  for (const { table: input, columns } of node.inputs) {
    const scan = scans[input]
    const given = shownBy(scan)
    const missing = given === null ? columns : columns.filter((name) => !given.has(name.toLowerCase()))
    if (scan === undefined || (given !== null && missing.length > 0))
      fail('run/input-behind', { table: node.id as TableName, input, columns: missing })
  }
}

/** null: that shows only when it is read. */
function shownBy(scan: Scan | undefined): ReadonlySet<string> | null {
  if (scan?.via === 'files') return new Set(scan.fields.map(({ name }) => name.toLowerCase()))
  if (scan?.via !== 'query' || scan.columns === undefined) return null
  return new Set(scan.columns.map((name) => name.toLowerCase()))
}

/** An interval bounds its window column, so files outside of it need not be opened. */
function boundsOf({ node }: TaskContext, slice: Slice): Parameters<typeof scansOf>[3] {
  if (!('interval' in slice)) return {}
  const { from, to } = slice.interval
  const bound = { min: printInstant(from), max: printInstant(to) }
  return Object.fromEntries(
    node.inputs.flatMap(({ table, window }) => (window === undefined ? [] : [[table, { [window]: bound }]])),
  )
}
