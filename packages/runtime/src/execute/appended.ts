import type { FilesScan, Position, Scan, TableName, TableRef } from '@millrace/core'
import { fail, issue, MillraceError } from '@millrace/core'
import { showing } from '../read/showing.ts'
import type { TaskContext } from './task.ts'

/** Scans of the rows that inputs got after the versions a table has read: their new files, as long as none went away. */
export async function appended(context: TaskContext, after: Position): Promise<Readonly<Record<string, Scan>>> {
  const out: Record<string, Scan> = {}
  for (const { table, mode } of context.node.inputs) {
    const ref = context.pins.get(table)
    const before = after[table]
    if (mode !== 'changes' || ref === undefined || before === undefined || before === '') continue
    const now = await context.lakehouse.format.offer(ref)
    const then = await readThen(context, ref, before)
    out[table] = difference(now, then, context.node.id as TableName, table)
  }
  return out
}

/** The rows that the table has read. They are kept for it, but by no one else: other programs write without them. */
async function readThen({ lakehouse, node }: TaskContext, ref: TableRef, before: string): Promise<FilesScan> {
  try {
    return await lakehouse.format.offer(await showing(lakehouse, ref, before))
  } catch (error) {
    if (!(error instanceof MillraceError) || error.issues[0]?.code !== 'lake/no-version') throw error
    fail('run/input-forgotten', { table: node.id as TableName, input: ref.table })
  }
}

function difference(now: FilesScan, then: FilesScan, table: TableName, input: TableName): FilesScan {
  const old = new Set(then.groups.flatMap((group) => group.files.map((file) => file.path)))
  const current = new Set(now.groups.flatMap((group) => group.files.map((file) => file.path)))
  // A rewritten input no longer says which of its rows are new.
  if ([...old].some((path) => !current.has(path)))
    throw new MillraceError(issue('run/input-rewritten', { table, input }))
  const groups = now.groups.map((group) => ({ ...group, files: group.files.filter((file) => !old.has(file.path)) }))
  return { ...now, groups: groups.filter((group) => group.files.length > 0) }
}
