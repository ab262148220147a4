// Versions of members over time (SCD type 2). Every version is an event: a key, the moment it came to hold, its values.
// A batch of new events is laid among the known events of the same keys, in time order; then each version ends where the
// next begins, and neighbours with equal tracked values are one version. Only files that hold one of the keys are rewritten.
// A repeat makes no version, so the table forgets it; only how long a version was repeated stays (`valid_seen`). A late row, one
// at or before that moment, may fall between two repeats: the versions of such a member are made anew, from all that the inputs
// tell of it. Any order of the same rows gives the same versions so. Where the inputs cannot tell all again, the table's own
// versions are the events, each with its last repeat.
import type { Columns, FilesScan, Output, Query, Scan, TableName } from '@millrace/core'
import { historyNames, keyColumns, printInstant, withoutHistory } from '@millrace/core'
import { quote } from '../read/inputs.ts'
import { openDraft } from './draft.ts'
import { checkKeys, keepIncoming, touchedBy } from './incoming.ts'
import { type LateMembers, lateMembers } from './late-members.ts'
import { upsert } from './merge.ts'
import type { TaskContext } from './task.ts'
import { modelQuery } from './model-query.ts'
import { nothingWritten, stageKeyed, type WriteOutcome } from './outcome.ts'

interface HistoryBy {
  readonly type: 1 | 2 | undefined
  readonly keys: readonly string[]
  readonly changedAt: string | undefined
  readonly track: readonly string[]
}

export async function history(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const by = historyBy(output)
  if (by.type === 1) return await upsert(context, output, table, { keys: by.keys, newest: by.changedAt })
  return await versions(context, output, table, by)
}

export function historyBy({ write, columns }: Pick<Output, 'write' | 'columns'>): HistoryBy {
  if (typeof write !== 'object' || !('history' in write)) throw new Error('no history is kept')
  const { type, changedAt } = write
  const keys = keyColumns(write.history)
  const values = Object.keys(withoutHistory(write, columns))
  const track = write.track ?? values.filter((name) => !keys.includes(name) && name !== changedAt)
  return { type, keys, changedAt, track }
}

async function versions(context: TaskContext, output: Output, table: TableName, by: HistoryBy): Promise<WriteOutcome> {
  const fresh = context.decision.action !== 'run'
  const open = await openDraft(context, table, output, { rewritten: fresh })
  const columns = withoutHistory(output.write, output.columns)
  const values = Object.keys(columns)
  const queries: Query[] = []
  for (const slice of context.decision.slices) queries.push(await modelQuery(context, slice))
  const incoming = await keepIncoming(context, queries, columns)
  await checkKeys(context, table, incoming, versionKeys(by), 'history')
  const own = fresh ? null : await touchedBy(context, open, incoming, by.keys)
  const known = own === null || own.groups.length === 0 ? null : own
  const { keys, changedAt } = by
  const late =
    known === null || changedAt === undefined
      ? null
      : await lateMembers(context, output, table, { own: known, incoming, columns, keys, changedAt })
  const sources = { own: known, incoming, late }
  const told = eventsQuery(sources, values, by, printInstant(context.startedAt))
  // Finding the members of a batch and laying their events in order each hold much: one after the other they need less at once.
  const events = known === null ? told : await keptEvents(context, told, columns, by)
  const query = versionsQuery(sources, events, values, by)
  const add =
    incoming.rows === 0
      ? nothingWritten
      : await context.session.write(query, open.draft.sink, context.cancel, context.progress)
  return await stageKeyed(context, output, table, { open, add, own, incoming })
}

/** Two rows of these are one version. */
export const versionKeys = ({ keys, changedAt }: HistoryBy): readonly string[] =>
  changedAt === undefined ? keys : [...keys, changedAt]

interface Sources {
  /** The table's files that hold one of the incoming members. */
  readonly own: FilesScan | null
  readonly incoming: { readonly scan: Scan }
  readonly late: LateMembers | null
}

/** What rows tell of their members, and what is known of these: who says what, since when. */
export function eventsQuery(from: Sources, values: readonly string[], by: HistoryBy, now: string): Query {
  const { own, incoming, late } = from
  const keys = by.keys.map(quote).join(', ')
  const since = by.changedAt === undefined ? `timestamptz '${now}'` : quote(by.changedAt)
  return {
    sql: `select ${values.map(quote).join(', ')}, ${since} as "__since", 1 as "__new" from incoming.rows
        ${own === null ? '' : knownEvents(values, keys, by, late === null ? '' : notLate(keys))}
        ${late === null ? '' : toldEvents(values, by)}`,
    inputs: {
      'incoming.rows': incoming.scan,
      ...(own === null ? {} : { 'own.rows': own }),
      ...(late === null ? {} : { 'late.rows': late.keys, 'told.rows': late.told }),
    },
    params: {},
  }
}

async function keptEvents(context: TaskContext, events: Query, columns: Columns, by: HistoryBy): Promise<Query> {
  const moment = Object.entries(columns).find(([name]) => name.toLowerCase() === by.changedAt?.toLowerCase())
  const kept = await keepIncoming(context, [events], {
    ...columns,
    __since: { type: moment?.[1].type ?? 'timestamptz' },
    __new: { type: 'int32' },
  })
  return { sql: 'select * from kept.events', inputs: { 'kept.events': kept.scan }, params: {} }
}

/** The versions that events make, laid among those of other members. */
export function versionsQuery(from: Sources, events: Query, values: readonly string[], by: HistoryBy): Query {
  const { own, incoming } = from
  const names = values.map(quote).join(', ')
  const keys = by.keys.map(quote).join(', ')
  const rest = `union all select ${names}, ${Object.values(historyNames).map(quote).join(', ')} from own.rows
    where (${keys}) not in (select (${keys}) from incoming.rows)`
  return {
    sql: `with events as (${events.sql}),
      at_once as (
        select * from events qualify row_number() over (partition by ${keys}, "__since" order by "__new" desc) = 1),
      changes as (
        select *, lag("__since") over in_time as "__before", max("__since") over (partition by ${keys}) as "__last"
        from at_once
        window in_time as (partition by ${keys} order by "__since")
        qualify lag(${rowOf(by.track)}) over in_time is distinct from ${rowOf(by.track)} or row_number() over in_time = 1),
      ended as (
        select *, lead("__since") over in_time as "__until",
          coalesce(lead("__before") over in_time, "__last") as "__confirmed"
        from changes window in_time as (partition by ${keys} order by "__since"))
      select ${names}, "__since" as ${quote(historyNames.from)}, "__until" as ${quote(historyNames.to)},
        "__until" is null as ${quote(historyNames.current)},
        ${keySql(by.keys)} as ${quote(historyNames.key)}, "__confirmed" as ${quote(historyNames.confirmed)}
      from ended ${own === null ? '' : rest}`,
    inputs: { ...events.inputs, ...(own === null ? {} : { 'incoming.rows': incoming.scan, 'own.rows': own }) },
    params: {},
  }
}

const rowOf = (names: readonly string[], of = ''): string =>
  names.length === 0 ? 'true' : `row(${names.map((name) => `${of}${quote(name)}`).join(', ')})`

const notLate = (keys: string): string => ` and (${keys}) not in (select (${keys}) from late.rows)`

/** What the inputs tell of late members. Where they tell of one moment twice, the table knows which row it took. */
function toldEvents(values: readonly string[], by: HistoryBy): string {
  const since = quote(by.changedAt ?? '')
  const on = by.keys.map((key) => `t.${quote(key)} = s.${quote(key)}`).join(' and ')
  const agrees = (names: readonly string[]): string =>
    `${rowOf(names, 't.')} is not distinct from ${rowOf(names, 's.')}`
  return `union all select ${values.map((name) => `t.${quote(name)}`).join(', ')}, t.${since}, 0
    from told.rows t asof left join (from own.rows s semi join late.rows t on ${on}) s
      on ${on} and t.${since} >= s.${quote(historyNames.from)}
    qualify row_number() over (partition by ${by.keys.map((key) => `t.${quote(key)}`).join(', ')}, t.${since}
      order by ${agrees(values)} desc, ${agrees(by.track)} desc, hash(${rowOf(values, 't.')})) = 1`
}

/** The known versions of incoming members: each began once, and was perhaps confirmed later. */
function knownEvents(values: readonly string[], keys: string, { changedAt }: HistoryBy, where: string): string {
  const [from, confirmed] = [quote(historyNames.from), quote(historyNames.confirmed)]
  // What a repeat says of its own moment is that moment.
  const repeated = values.map((name) =>
    name.toLowerCase() === changedAt?.toLowerCase() ? `${confirmed} as ${quote(name)}` : quote(name),
  )
  const select = (names: readonly string[], since: string, and: string): string =>
    `union all select ${names.join(', ')}, ${since}, 0 from own.rows
    where (${keys}) in (select (${keys}) from incoming.rows)${where}${and}`
  return select(values.map(quote), from, '') + select(repeated, confirmed, ` and ${confirmed} > ${from}`)
}

/** The same key for the same member and moment, whenever it is computed. Each part is told by its length: two keys may
 * look alike when their parts are joined. */
function keySql(keys: readonly string[]): string {
  const parts = keys.map((key) => `${quote(key)}::varchar`)
  return `md5(concat(${[...parts, '"__since"::varchar'].map((one) => `length(${one}), ':', ${one}`).join(', ')}))`
}
