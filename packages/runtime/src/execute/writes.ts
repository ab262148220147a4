import type { Output, Query, Scan, TableName, WriteKind } from '@millrace/core'
import { writeKind } from '@millrace/core'
import { definedColumns, quote, quoteTable } from '../read/inputs.ts'
import { openDraft, ownRows, stageWritten } from './draft.ts'
import { history } from './history.ts'
import { interval } from './interval.ts'
import { merge } from './merge.ts'
import { modelQuery } from './model-query.ts'
import { nothingWritten, type WriteOutcome } from './outcome.ts'
import { soleOutput, type TaskContext } from './task.ts'

/** How each kind of write is lowered to queries and file replacement. */
const writers: {
  readonly [K in Exclude<WriteKind, 'view'>]: (
    context: TaskContext,
    output: Output,
    table: TableName,
  ) => Promise<WriteOutcome>
} = {
  replace,
  append,
  interval,
  merge,
  history,
}

/** Computes a model's missing slices and stages the table's next version. */
export async function writeModel(context: TaskContext): Promise<WriteOutcome> {
  const [table, output] = soleOutput(context.node)
  const kind = writeKind(output.write)
  if (context.decision.action === 'restamp') return await restamp(context, output, table)
  if (context.decision.action === 'relayout') return await relayout(context, output, table)
  if (kind === 'view') return await view(context, output, table)
  return await writers[kind](context, output, table)
}

async function replace(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const open = await openDraft(context, table, output, { rewritten: true })
  const query = await modelQuery(context, { all: true })
  const add = await context.session.write(query, open.draft.sink, context.cancel, context.progress)
  const staged = await stageWritten(context, open, output, {
    add,
    remove: open.base === null ? 'none' : 'all',
    operation: open.base === null ? 'append' : 'overwrite',
    progress: { covered: [] },
  })
  return { staged: [staged], rows: add.rows, bytes: add.bytes }
}

async function append(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const [slice = { all: true }] = context.decision.slices
  const open = await openDraft(context, table, output, { rewritten: 'all' in slice })
  const query = await modelQuery(context, slice)
  const add = await context.session.write(query, open.draft.sink, context.cancel, context.progress)
  const fromNothing = 'all' in slice && open.base !== null
  const staged = await stageWritten(context, open, output, {
    add,
    remove: fromNothing ? 'all' : 'none',
    operation: fromNothing ? 'overwrite' : 'append',
    progress: { covered: [] },
  })
  return { staged: [staged], rows: add.rows, bytes: add.bytes }
}

/** New metadata over the same files: a changed check, note or schedule, or columns that are gone. */
export async function restamp(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const open = await openDraft(context, table, output, { rewritten: false })
  const before = context.states.get(table)?.progress
  const staged = await stageWritten(context, open, output, {
    add: nothingWritten,
    remove: 'none',
    operation: 'append',
    sameRows: true,
    progress: before ?? { covered: [] },
  })
  return { staged: [staged], rows: 0, bytes: 0 }
}

/** The same rows in a new layout: nothing is computed. */
async function relayout(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const open = await openDraft(context, table, output, { rewritten: true })
  const own = await ownRows(context, open)
  const inputs: Record<string, Scan> = own === null ? {} : { [table]: own }
  const columns = Object.keys(output.columns).map(quote).join(', ')
  const query: Query = { sql: `select ${columns} from ${quoteTable(table)}`, inputs, params: {} }
  const add = await context.session.write(query, open.draft.sink, context.cancel, context.progress)
  const before = context.states.get(table)?.progress
  const staged = await stageWritten(context, open, output, {
    add,
    remove: 'all',
    operation: 'replace',
    sameRows: true,
    progress: before ?? { covered: [] },
  })
  return { staged: [staged], rows: add.rows, bytes: add.bytes }
}

async function view(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const { lakehouse, node, graph } = context
  const environment = await lakehouse.catalog.environment(lakehouse.environment)
  const { work } = node
  const inputs = node.inputs.flatMap((input) => {
    const columns = definedColumns(graph, input.table)
    return columns === undefined ? [] : [[input.table, columns] as const]
  })
  const next = await lakehouse.views.stage(`${lakehouse.paths.lake}/${lakehouse.environment}/views`, {
    table,
    sql: work.executor === 'engine' ? work.sql : '',
    reads: node.inputs.map((input) => input.table),
    inputs: Object.fromEntries(inputs),
    columns: output.columns,
    made: output.fingerprint,
  })
  const from = environment?.overlay[table]?.version ?? null
  return { staged: [{ table, from, next, how: 'run', output }], rows: 0, bytes: 0 }
}
