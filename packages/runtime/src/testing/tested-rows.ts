// What a table would hold after one run from nothing, over rows that a test gives. The select or the function is asked as in a run,
// and what it gives is written as the table's own writer would write it; only the files are left out.
import {
  type BatchScan,
  type Dict,
  type Node,
  type Output,
  printInstant,
  type Query,
  type Scalar,
  type Scan,
  type TableName,
  withoutHistory,
  writeKind,
} from '@millrace/core'
import { batchOf } from '@millrace/engine-duckdb'
import { type CodeContext, runCode } from '../code/run-code.ts'
import { eventsQuery, historyBy, versionKeys, versionsQuery } from '../execute/history.ts'
import { checkKeys } from '../execute/incoming.ts'
import { mergeBy, newestOf, type UpsertBy } from '../execute/merge.ts'
import { soleOutput } from '../execute/task.ts'
import { quote } from '../read/inputs.ts'
import { readRows, type Row } from '../read/rows.ts'

export interface Given {
  readonly inputs: Readonly<Record<string, Scan>>
  readonly params: Dict<Scalar>
}

export async function testedRows(context: CodeContext, node: Node, given: Given): Promise<readonly Row[]> {
  const [table, output] = soleOutput(node)
  const query = await ownQuery(context, node, given)
  return await readRows(context.session, await firstRows(context, table, output, query), context.cancel)
}

/** What the model itself gives. */
async function ownQuery(context: CodeContext, node: Node, given: Given): Promise<Query> {
  const { work } = node
  if (work.executor === 'engine') return { sql: work.sql, ...given }
  if (work.executor !== 'code') throw new Error(`${node.id} is no model`)
  const [, { write, columns: all }] = soleOutput(node)
  const columns = withoutHistory(write, all)
  const job = { kind: 'model', interval: null, params: {} } as const
  const batches: Uint8Array[] = []
  const keep = (rows: Query): void => {
    for (const scan of Object.values(rows.inputs)) if (scan.via === 'batches') batches.push(...scan.batches)
  }
  const code = { module: work.module, export: work.export, job, columns }
  await runCode({ ...context, given: given.inputs }, code, async (rows) => Promise.resolve(keep(rows)))
  if (batches.length === 0) batches.push(batchOf(columns, []).arrow)
  const scan: BatchScan = { via: 'batches', columns, batches }
  return { sql: 'select * from computed.rows', inputs: { 'computed.rows': scan }, params: {} }
}

/** What an empty table takes of these rows. */
async function firstRows(context: CodeContext, table: TableName, output: Output, query: Query): Promise<Query> {
  const kind = writeKind(output.write)
  if (kind === 'merge') return await merged(context, table, output, query, mergeBy(output))
  if (kind !== 'history') return query
  const by = historyBy(output)
  if (by.type === 1) return await merged(context, table, output, query, { keys: by.keys, newest: by.changedAt })
  const incoming = await kept(context, output, query)
  await checkKeys(context, table, incoming, versionKeys(by), 'history')
  const values = Object.keys(withoutHistory(output.write, output.columns))
  const now = printInstant(context.lakehouse.clock.now())
  const from = { own: null, incoming, late: null }
  const versions = versionsQuery(from, eventsQuery(from, values, by, now), values, by)
  // In an order, so that a test may ask for it.
  const order = [...by.keys, 'valid_from'].map(quote).join(', ')
  return { ...versions, sql: `select * from (${versions.sql}) order by ${order}` }
}

async function merged(
  context: CodeContext,
  table: TableName,
  output: Output,
  query: Query,
  by: UpsertBy,
): Promise<Query> {
  const incoming = await kept(context, output, query)
  const ties = by.newest === undefined ? 'merge' : 'decided'
  const twice = await checkKeys(context, table, incoming, by.keys, ties)
  return newestOf(incoming, output.columns, { ...by, newest: twice === 0 ? undefined : by.newest })
}

/** The rows are asked for once: a second time they could be others. */
async function kept({ session, cancel }: CodeContext, output: Output, query: Query): Promise<{ readonly scan: Scan }> {
  let columns = withoutHistory(output.write, output.columns)
  const batches: Uint8Array[] = []
  for await (const batch of session.read(query, cancel)) {
    columns = batch.columns
    batches.push(batch.arrow)
  }
  if (batches.length === 0) batches.push(batchOf(columns, []).arrow)
  return { scan: { via: 'batches', columns, batches } }
}
