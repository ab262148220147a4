import type { DataFile, FilesScan, Interval, Output, Query, TableName, Written } from '@millrace/core'
import { coalesce, fail, fieldNamed, printInstant } from '@millrace/core'
import { spansOf, toInstant } from '../observe/extents.ts'
import { quote, quoteTable } from '../read/inputs.ts'
import { type OpenDraft, openDraft, ownRows, stageWritten } from './draft.ts'
import { addUp } from './written.ts'
import type { TaskContext } from './task.ts'
import { modelQuery } from './model-query.ts'
import { coverage, type WriteOutcome } from './outcome.ts'

/** Replaces intervals of one time column: files inside go, files across a border are rewritten without the interval. */
export async function interval(context: TaskContext, output: Output, table: TableName): Promise<WriteOutcome> {
  const fresh = context.decision.action !== 'run'
  const open = await openDraft(context, table, output, { rewritten: fresh })
  const { write } = output
  const column = typeof write === 'object' && 'interval' in write ? write.interval : ''
  const intervals = coalesce(context.decision.slices.flatMap((slice) => ('interval' in slice ? [slice.interval] : [])))
  const written: Written[] = []
  const removed: DataFile[] = []
  for (const one of intervals) {
    const query = await modelQuery(context, { interval: one })
    const part = await context.session.write(query, open.draft.sink, context.cancel, context.progress)
    refuseOutside(table, column, fieldNamed(open.draft.shape.fields, column)?.id, one, part)
    written.push(part)
  }
  const scan = fresh ? null : await overlapping(context, open, column, intervals)
  if (scan !== null && scan.groups.length > 0) {
    removed.push(...scan.groups.flatMap((group) => group.files))
    written.push(await keepOutside(context, scan, open.draft.sink, table, column, intervals))
  }
  const add = addUp(written)
  const staged = await stageWritten(context, open, output, {
    add,
    remove: open.base !== null && fresh ? 'all' : removed,
    operation: open.base === null ? 'append' : 'overwrite',
    progress: { covered: coverage(context, table, output) },
  })
  return { staged: [staged], rows: add.rows, bytes: add.bytes }
}

/** Rows outside of the interval would be its neighbour's too, or nobody's: the files' statistics tell of them. */
function refuseOutside(
  table: TableName,
  column: string,
  field: number | undefined,
  { from, to }: Interval,
  { files }: Written,
): void {
  for (const file of files) {
    const { min, max, nulls } = file.stats[field ?? -1] ?? {}
    const refuse = (found: string | null): never =>
      fail('run/outside-interval', { table, column, from: printInstant(from), to: printInstant(to), found })
    if (file.rows > 0 && nulls !== 0) refuse(null)
    for (const bound of file.rows > 0 ? [min, max] : []) {
      const at = toInstant(bound)
      if (at === null || at < from || at >= to) refuse(String(bound))
    }
  }
}

/** The table's files that hold rows of the intervals. */
async function overlapping(
  context: TaskContext,
  open: OpenDraft,
  column: string,
  intervals: readonly Interval[],
): Promise<FilesScan | null> {
  const all = await ownRows(context, open)
  if (all === null) return null
  const found = new Set<string>()
  for (const one of intervals) {
    const part = await ownRows(context, open, { [column]: { min: printInstant(one.from), max: printInstant(one.to) } })
    const files = part?.groups.flatMap((group) => group.files) ?? []
    // Bounds include their ends, but an interval does not: what begins where it ends is its neighbour's.
    const after = (file: DataFile): boolean => spansOf(all, [file], column).some((span) => span.from >= one.to)
    for (const file of files) if (!after(file)) found.add(file.path)
  }
  const groups = all.groups.map((group) => ({ ...group, files: group.files.filter((file) => found.has(file.path)) }))
  return { ...all, groups: groups.filter((group) => group.files.length > 0) }
}

async function keepOutside(
  context: TaskContext,
  scan: FilesScan,
  sink: Parameters<TaskContext['session']['write']>[1],
  table: TableName,
  column: string,
  intervals: readonly Interval[],
): Promise<Written> {
  const name = quote(column)
  const inside = intervals.map((_, i) => `(${name} >= $from${i} and ${name} < $to${i})`).join(' or ')
  const bounds = intervals.flatMap((one, i) => [
    [`from${i}`, printInstant(one.from)],
    [`to${i}`, printInstant(one.to)],
  ])
  const query: Query = {
    sql: `select * from ${quoteTable(table)} where (${inside}) is not true`,
    inputs: { [table]: scan },
    params: Object.fromEntries(bounds) as Query['params'],
  }
  return await context.session.write(query, sink, context.cancel)
}
