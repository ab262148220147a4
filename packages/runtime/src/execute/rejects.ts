import type { Fingerprint, Query, Scan, TableName } from '@millrace/core'
import { rejectsColumns, rejectsTable } from '../quality/quarantine.ts'
import { literal } from '../quality/predicates.ts'
import { hash } from '../workspace/lakehouse.ts'
import { openDraft, stageWritten } from './draft.ts'
import type { StagedTable, TaskContext } from './task.ts'

/** Stages rejected records into `<table>__rejects`. They are published even when their load fails. */
export async function stageRejects(
  context: TaskContext,
  table: TableName,
  queries: readonly Query[],
): Promise<StagedTable> {
  const name = rejectsTable(table)
  const output = { write: 'append', columns: rejectsColumns, fingerprint: rejectsFingerprint } as const
  const open = await openDraft(context, name, output, { rewritten: false })
  const parts = []
  for (const query of queries) parts.push(await context.session.write(query, open.draft.sink, context.cancel))
  const add = {
    files: parts.flatMap((part) => part.files),
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
  }
  const staged = await stageWritten(context, open, output, {
    add,
    remove: 'none',
    operation: 'append',
    progress: { covered: [] },
  })
  return { ...staged, output: null, rejects: true }
}

/** What an engine set aside, with the run and the time. */
export function rejectsQuery(context: TaskContext, rejects: Scan): Query {
  const at = new Date(context.startedAt).toISOString()
  return {
    sql: `select ${literal(context.run)} as run, ${literal(at)}::timestamptz as loaded_at, file, line, "column", raw, reason from landed.rejects`,
    inputs: { 'landed.rejects': rejects },
    params: {},
  }
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
