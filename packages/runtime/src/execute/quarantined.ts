import {
  type FilesSink,
  type Output,
  type PlannedCheck,
  type Query,
  withoutHistory,
  type Written,
} from '@millrace/core'
import { checkedTables } from '../quality/checked-tables.ts'
import { quarantineChecks, splitQueries } from '../quality/quarantine.ts'
import { readRows } from '../read/rows.ts'
import { type Incoming, incomingOf, incomingSink, keepIncoming } from './incoming.ts'
import { soleOutput, type TaskContext } from './task.ts'
import { addUp } from './written.ts'

/** The same rows without those that break a quarantine check. The rows are computed once, kept, and read twice: a second
 * computation could give other rows, and then one would be lost or stand in both places. */
export async function withoutQuarantined(context: TaskContext, query: Query): Promise<Query> {
  const [, output] = soleOutput(context.node)
  const checks = quarantineChecks(output)
  if (checks.length === 0) return query
  const kept = await keepIncoming(context, [query], withoutHistory(output.write, output.columns))
  return { ...(await goodRows(context, kept, checks)), params: query.params }
}

/** What a source writes into its table: by way of files of the run, where some rows may have to leave again. */
export async function writeSource(
  context: TaskContext,
  output: Output,
  sink: FilesSink,
  write: (sink: FilesSink) => Promise<readonly Written[]>,
): Promise<Written> {
  const checks = quarantineChecks(output)
  if (checks.length === 0) return addUp(await write(sink))
  const apart = incomingSink(context, output.columns)
  const good = await goodRows(context, incomingOf(apart, await write(apart)), checks)
  return await context.session.write(good, sink, context.cancel, context.progress)
}

/** The rows that keep every check; the others are remembered for the table of rejects. */
async function goodRows(context: TaskContext, kept: Incoming, checks: readonly PlannedCheck[]): Promise<Query> {
  const { lakehouse, graph, pins, node, session } = context
  const [table, output] = soleOutput(node)
  const tables = await checkedTables(lakehouse, graph, pins, table, output)
  const { good, bad } = splitQueries(table, { ...tables, 'kept.rows': kept.scan }, checks)
  const [counted] = await readRows(session, { ...bad, sql: `select count(*) as bad from (${bad.sql})` })
  const rows = Number(counted?.['bad'] ?? 0)
  if (rows > 0) context.rejected.push({ query: bad, rows })
  return good
}
