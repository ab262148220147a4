import { fail, type Query, type TableRef } from '@millrace/core'
import type { Lakehouse } from '../workspace/lakehouse.ts'
import { refuseForgotten } from './forgotten.ts'
import { quote } from './inputs.ts'
import { pinsAt } from './query.ts'

/** Rows that only one of two versions of a table has, each as often as it differs. Columns that both have are compared. */
export async function prepareDiff(lakehouse: Lakehouse, ref: TableRef, since: string): Promise<Query> {
  if (ref.format === 'view')
    fail('command/bad-value', {
      option: 'diff',
      value: since,
      expected: `a table that keeps versions; ${ref.table} is a view`,
    })
  const then = await versionOf(lakehouse, ref, since)
  const [now, before] = await Promise.all([lakehouse.format.offer(ref), lakehouse.format.offer(then)])
  const known = new Set(before.fields.map((field) => field.name))
  const names = now.fields.filter((field) => known.has(field.name)).map((field) => quote(field.name))
  const columns = names.join(', ')
  return {
    sql: `select '+' as "±", * from (select ${columns} from now.rows except all select ${columns} from before.rows)
      union all select '-' as "±", * from (select ${columns} from before.rows except all select ${columns} from now.rows)
      order by 2, 1`,
    inputs: { 'now.rows': now, 'before.rows': before },
    params: {},
  }
}

/** A snapshot's id, or whatever `--as-of` takes. */
async function versionOf(lakehouse: Lakehouse, ref: TableRef, since: string): Promise<TableRef> {
  if (/^\d{6,}$/.test(since)) return await lakehouse.format.at(ref, { version: since })
  const then = (await pinsAt(lakehouse, since, 'diff')).get(ref.table)
  if (then === undefined) fail('lake/no-version', { location: ref.location, wanted: since, oldest: 'later' })
  await refuseForgotten(lakehouse, new Map([[ref.table, then]]), since)
  return then
}
