import {
  type Fingerprint,
  type Instant,
  type Output,
  type Query,
  rejectColumns,
  type Scan,
  type TableName,
} from '@millrace/core'
import { rejectsColumns, rejectsTable } from '../quality/quarantine.ts'
import { literal } from '../quality/predicates.ts'
import { quote } from '../read/inputs.ts'
import { hash } from '../workspace/lakehouse.ts'
import { openDraft, stageWritten } from './draft.ts'
import { type Rejected, soleOutput, type StagedTable, type TaskContext } from './task.ts'
import { addUp } from './written.ts'

/** Stages rejected records into `<table>__rejects`. They are published even when their load fails.
 *
 * A record is kept once, however often it is met: a failed load meets its files again, and a model that reads all of its
 * input meets the same bad rows on each run. Two records that are equal are two. Answers nothing when all of them are known,
 * unless the table itself is damaged and begins anew. */
export async function stageRejects(
  context: TaskContext,
  table: TableName,
  rejected: readonly Rejected[],
): Promise<readonly StagedTable[]> {
  const name = rejectsTable(table)
  const output: Output = {
    write: 'append',
    columns: rejectsColumns,
    fingerprint: rejectsFingerprint,
    tells: { forgets: [], overwrites: false },
  }
  const open = await openDraft(context, name, output, { rewritten: false, dispensable: true, reads: true })
  const isReplaced = open.base === null && context.pins.has(name)
  const known = open.base === null ? null : await context.lakehouse.format.offer(open.base)
  const since = readsOnce(context) ? await stoodSince(context, table) : undefined
  const parts = []
  for (const { query } of rejected) {
    parts.push(await context.session.write(marked(context, query, known, since), open.draft.sink, context.cancel))
  }
  const add = addUp(parts)
  if (add.rows === 0 && !isReplaced) return []
  const staged = await stageWritten(context, open, output, {
    add,
    remove: 'none',
    operation: 'append',
    progress: { covered: [] },
  })
  return [{ ...staged, output: null, rejects: true }]
}

/** What is read once is new, even where it equals what was read before. Only after a failure or a rollback it is met again. */
function readsOnce({ node, decision: { action, slices } }: TaskContext): boolean {
  const [, { write }] = soleOutput(node)
  return (
    (action === 'load' && write !== 'replace') || (slices.length > 0 && slices.every((slice) => 'changes' in slice))
  )
}

/** When a table got the rows that it has: a rollback has those of an earlier version. */
async function stoodSince({ states, lakehouse }: TaskContext, table: TableName): Promise<Instant | undefined> {
  const state = states.get(table)
  if (state === undefined) return undefined
  const versions = await lakehouse.format.versions(state.ref)
  return versions.findLast(({ data }) => data === state.data)?.at ?? state.at
}

/** Rejects that are not known yet, with the run that met them and when. With `since`, only what was met after it can be known:
 * by then the table had all that was met before. A record of a file is known by its place, whenever it was met. */
function marked(context: TaskContext, query: Query, known: Scan | null, since: Instant | undefined): Query {
  const names = Object.keys(rejectColumns).map(quote).join(', ')
  const at = new Date(context.startedAt).toISOString()
  const later =
    since === undefined
      ? ''
      : ` where file is not null or loaded_at > ${literal(new Date(since).toISOString())}::timestamptz`
  const rest = known === null ? '' : `except all select ${names} from known.rejects${later}`
  return {
    ...query,
    sql: `select ${literal(context.run)} as run, ${literal(at)}::timestamptz as loaded_at, *
      from (select ${names} from (${query.sql}) ${rest})`,
    inputs: known === null ? query.inputs : { ...query.inputs, 'known.rejects': known },
  }
}

/** What an engine set aside. */
export function rejectsQuery(rejects: Scan): Query {
  const names = Object.keys(rejectColumns).map(quote).join(', ')
  return { sql: `select ${names} from landed.rejects`, inputs: { 'landed.rejects': rejects }, params: {} }
}

const fixed = hash('rejects 1')
const rejectsFingerprint: Fingerprint = {
  rows: fixed,
  columns: Object.fromEntries(Object.keys(rejectsColumns).map((name) => [name, fixed])),
  layout: fixed,
  promise: fixed,
  reader: '',
  text: fixed,
}
