import { type Query, withoutHistory } from '@millrace/core'
import { quarantineChecks, splitQueries } from '../quality/quarantine.ts'
import { readRows } from '../read/rows.ts'
import { keepIncoming } from './incoming.ts'
import { soleOutput, type TaskContext } from './task.ts'

/** The same rows without those that break a quarantine check. The rows are computed once, kept, and read twice: a second
 * computation could give other rows, and then one would be lost or stand in both places. */
export async function withoutQuarantined(context: TaskContext, query: Query): Promise<Query> {
  const [, output] = soleOutput(context.node)
  const checks = quarantineChecks(output)
  if (checks.length === 0) return query
  const kept = await keepIncoming(context, [query], withoutHistory(output.write, output.columns))
  const { good, bad } = splitQueries({ 'kept.rows': kept.scan }, checks)
  const [counted] = await readRows(context.session, { ...bad, sql: `select count(*) as bad from (${bad.sql})` })
  if (Number(counted?.['bad'] ?? 0) > 0) context.rejected.push(bad)
  return { ...good, params: query.params }
}
