import type { Columns, FilesScan, Output, Query, Scan, TableName } from '@millrace/core'
import { keyColumns } from '@millrace/core'
import { quote } from '../read/inputs.ts'
import { openDraft } from './draft.ts'
import { checkKeys, type Incoming, keepIncoming, touchedBy } from './incoming.ts'
import type { TaskContext } from './task.ts'
import { modelQuery } from './model-query.ts'
import { nothingWritten, stageKeyed, type WriteOutcome } from './outcome.ts'

/** Upserts by key. Only files that hold one of the incoming keys are rewritten; the rest of the table is not read. */
export async function merge(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  return await upsert(context, output, table, mergeBy(output))
}

export function mergeBy({ write }: Pick<Output, 'write'>): UpsertBy {
  const settings = typeof write === 'object' && 'merge' in write ? write : { merge: [] as string[] }
  return { keys: keyColumns(settings.merge), newest: 'newest' in settings ? settings.newest : undefined }
}

export interface UpsertBy {
  readonly keys: readonly string[]
  /** Where two rows of one key meet, the one with the greater value stays. */
  readonly newest: string | undefined
}

export async function upsert(
  context: TaskContext,
  output: Output,
  table: TableName,
  by: UpsertBy,
): Promise<WriteOutcome> {
  const fresh = context.decision.action !== 'run'
  const open = await openDraft(context, table, output, { rewritten: fresh })
  const { slices } = context.decision
  const queries: Query[] = []
  for (const slice of slices) queries.push(await modelQuery(context, slice))
  const incoming = await keepIncoming(context, queries, output.columns)
  const twice = await checkKeys(context, table, incoming, by.keys, by.newest === undefined ? 'merge' : 'decided')
  const own = fresh ? null : await touchedBy(context, open, incoming, by.keys)
  const sink = open.draft.sink
  const newest = newestOf(incoming, output.columns, { ...by, newest: twice === 0 ? undefined : by.newest })
  const joins = own !== null && own.groups.length > 0
  // Choosing the newest and joining each want to hold all that came in: one after the other they fit in half the memory.
  const single = joins && twice > 0 ? await keepIncoming(context, [newest], output.columns) : incoming
  const query = joins ? combined(own, single, output.columns, by) : newest
  const add =
    incoming.rows === 0 ? nothingWritten : await context.session.write(query, sink, context.cancel, context.progress)
  return await stageKeyed(context, output, table, { open, add, own, incoming })
}

/** One row a key: the newest, where the definition says which that is. Among equally new ones any would do, but it must be the
 * same one each time: the hash of the row decides. */
function newestSql(by: UpsertBy, names: string): string {
  if (by.newest === undefined) return 'incoming.rows'
  const keys = by.keys.map(quote).join(', ')
  return `(select * from incoming.rows qualify row_number() over (partition by ${keys} order by ${quote(by.newest)} desc nulls last, hash(${names})) = 1)`
}

/** Of what came in, the rows that an empty table takes. */
export function newestOf(incoming: { readonly scan: Scan }, columns: Columns, by: UpsertBy): Query {
  const names = Object.keys(columns).map(quote).join(', ')
  return {
    sql: `select ${names} from ${newestSql(by, names)} s`,
    inputs: { 'incoming.rows': incoming.scan },
    params: {},
  }
}

/** A row that does not say when it is from is older than one that does. */
const olderSql = (one: string, other: string): string => `coalesce(${one} < ${other}, ${other} is not null)`

/** One pass over the touched files: a row of the table gives way to the incoming row of its key, unless that is older. */
function combined(own: FilesScan, incoming: Incoming, columns: Columns, by: UpsertBy): Query {
  const on = by.keys.map((key) => `t.${quote(key)} = s.${quote(key)}`).join(' and ')
  const older = by.newest === undefined ? 'false' : olderSql(`s.${quote(by.newest)}`, `t.${quote(by.newest)}`)
  const takes = `s."__new" is not null and (t."__own" is null or not ${older})`
  const picked = Object.keys(columns).map(
    (name) => `case when ${takes} then s.${quote(name)} else t.${quote(name)} end as ${quote(name)}`,
  )
  return {
    sql: `select ${picked.join(', ')} from (select *, true as "__own" from own.rows) t
      full join (select *, true as "__new" from incoming.rows) s on ${on}`,
    inputs: { 'own.rows': own, 'incoming.rows': incoming.scan },
    params: {},
  }
}
