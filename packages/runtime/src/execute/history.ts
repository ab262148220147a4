// Versions of members over time (SCD type 2). Every version is an event: a key, the moment it came to hold, its values.
// A batch of new events is laid among the known events of the same keys, in time order; then each version ends where the
// next begins, and neighbours with equal tracked values are one version. So a late member needs no case of its own: it
// reopens and splits the version in which it falls. A repeat makes no version, but the last of them is remembered by its moment
// (`valid_seen`) and is an event too: a late member between a version and its repeat ends the version only until then. The
// file is rewritten for a repeat anyway, so this costs a column. Repeats before the last are forgotten: after a late member
// the version comes back with the last one. Only files that hold one of the keys are rewritten.
import type { FilesScan, Output, Query, TableName } from '@millrace/core'
import { historyNames, keyColumns, printInstant, withoutHistory } from '@millrace/core'
import { quote } from '../read/inputs.ts'
import { openDraft } from './draft.ts'
import { checkKeys, type Incoming, keepIncoming, touchedBy } from './incoming.ts'
import { upsert } from './merge.ts'
import type { TaskContext } from './task.ts'
import { modelQuery } from './model-query.ts'
import { nothingWritten, stageKeyed, type WriteOutcome } from './outcome.ts'

interface HistoryBy {
  readonly keys: readonly string[]
  readonly changedAt: string | undefined
  readonly track: readonly string[]
}

export async function history(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const { write } = output
  if (typeof write !== 'object' || !('history' in write)) throw new Error(`${table} keeps no history`)
  const keys = keyColumns(write.history)
  if (write.type === 1) return await upsert(context, output, table, { keys, newest: write.changedAt })
  const values = Object.keys(withoutHistory(write, output.columns))
  const track = write.track ?? values.filter((name) => !keys.includes(name) && name !== write.changedAt)
  return await versions(context, output, table, { keys, changedAt: write.changedAt, track })
}

async function versions(context: TaskContext, output: Output, table: TableName, by: HistoryBy): Promise<WriteOutcome> {
  const fresh = context.decision.action !== 'run'
  const open = await openDraft(context, table, output, { rewritten: fresh })
  const columns = withoutHistory(output.write, output.columns)
  const values = Object.keys(columns)
  const queries: Query[] = []
  for (const slice of context.decision.slices) queries.push(await modelQuery(context, slice))
  const incoming = await keepIncoming(context, queries, columns)
  await checkKeys(context, table, incoming, by.changedAt === undefined ? by.keys : [...by.keys, by.changedAt], false)
  const own = fresh ? null : await touchedBy(context, open, incoming, by.keys)
  const query = versionsQuery(own, incoming, values, by, printInstant(context.startedAt))
  const add =
    incoming.rows === 0
      ? nothingWritten
      : await context.session.write(query, open.draft.sink, context.cancel, context.progress)
  return await stageKeyed(context, output, table, { open, add, own, incoming })
}

function versionsQuery(
  own: FilesScan | null,
  incoming: Incoming,
  values: readonly string[],
  by: HistoryBy,
  now: string,
): Query {
  const names = values.map(quote).join(', ')
  const keys = by.keys.map(quote).join(', ')
  const since = by.changedAt === undefined ? `timestamptz '${now}'` : quote(by.changedAt)
  const tracked = by.track.length === 0 ? 'true' : `row(${by.track.map(quote).join(', ')})`
  const known = own === null || own.groups.length === 0 ? null : own
  const rest = `union all select ${names}, ${Object.values(historyNames).map(quote).join(', ')} from own.rows
    where (${keys}) not in (select (${keys}) from incoming.rows)`
  return {
    sql: `with events as (
        select ${names}, ${since} as "__since", 1 as "__new" from incoming.rows
        ${known === null ? '' : knownEvents(values, keys, by)}),
      at_once as (
        select * from events qualify row_number() over (partition by ${keys}, "__since" order by "__new" desc) = 1),
      changes as (
        select *, lag("__since") over in_time as "__before", max("__since") over (partition by ${keys}) as "__last"
        from at_once
        window in_time as (partition by ${keys} order by "__since")
        qualify lag(${tracked}) over in_time is distinct from ${tracked} or row_number() over in_time = 1),
      ended as (
        select *, lead("__since") over in_time as "__until",
          coalesce(lead("__before") over in_time, "__last") as "__confirmed"
        from changes window in_time as (partition by ${keys} order by "__since"))
      select ${names}, "__since" as ${quote(historyNames.from)}, "__until" as ${quote(historyNames.to)},
        "__until" is null as ${quote(historyNames.current)},
        ${keySql(by.keys)} as ${quote(historyNames.key)}, "__confirmed" as ${quote(historyNames.confirmed)}
      from ended ${known === null ? '' : rest}`,
    inputs: known === null ? { 'incoming.rows': incoming.scan } : { 'own.rows': known, 'incoming.rows': incoming.scan },
    params: {},
  }
}

/** The known versions of incoming members: each began once, and was perhaps confirmed later. */
function knownEvents(values: readonly string[], keys: string, { changedAt }: HistoryBy): string {
  const [from, confirmed] = [quote(historyNames.from), quote(historyNames.confirmed)]
  // What a repeat says of its own moment is that moment.
  const repeated = values.map((name) =>
    name.toLowerCase() === changedAt?.toLowerCase() ? `${confirmed} as ${quote(name)}` : quote(name),
  )
  const select = (names: readonly string[], since: string, where: string): string =>
    `union all select ${names.join(', ')}, ${since}, 0 from own.rows
    where (${keys}) in (select (${keys}) from incoming.rows)${where}`
  return select(values.map(quote), from, '') + select(repeated, confirmed, ` and ${confirmed} > ${from}`)
}

/** The same key for the same member and moment, whenever it is computed. Each part is told by its length: two keys may
 * look alike when their parts are joined. */
function keySql(keys: readonly string[]): string {
  const parts = keys.map((key) => `${quote(key)}::varchar`)
  return `md5(concat(${[...parts, '"__since"::varchar'].map((one) => `length(${one}), ':', ${one}`).join(', ')}))`
}
