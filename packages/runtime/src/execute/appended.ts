import type { FilesScan, Position, Scan, TableName, TableRef } from '@millrace/core'
import { fail, holdsMore, isDamage, MillraceError, writeKind } from '@millrace/core'
import { showing } from '../read/showing.ts'
import { soleOutput, type TaskContext } from './task.ts'

/** Scans of the rows that inputs got after the versions a table has read: their new files, as long as none went away. */
export async function appended(context: TaskContext, after: Position): Promise<Readonly<Record<string, Scan>>> {
  const out: Record<string, Scan> = {}
  for (const { table, mode } of context.node.inputs) {
    const ref = context.pins.get(table)
    const before = after[table]
    if (mode !== 'changes' || ref === undefined || before === undefined || before === '') continue
    const now = await context.lakehouse.format.offer(ref)
    const then = await readThen(context, ref, before)
    out[table] = difference(now, then) ?? refuseRewritten(context, table)
  }
  return out
}

/** The rows that the table has read. They are kept for it, but by no one else: other programs write without them. */
async function readThen(context: TaskContext, ref: TableRef, before: string): Promise<FilesScan> {
  const { lakehouse, node } = context
  try {
    return await lakehouse.format.offer(await showing(lakehouse, ref, before))
  } catch (error) {
    // The input itself has just been read: what is damaged is only the version from before it was mended.
    const isGone = error instanceof MillraceError && error.issues[0]?.code === 'lake/no-version'
    if (!isGone && !isDamage(error)) throw error
    fail('run/input-forgotten', { table: node.id as TableName, input: ref.table, keeps: keeps(context) })
  }
}

/** null: files went away, and the input no longer says which of its rows are new. */
function difference(now: FilesScan, then: FilesScan): FilesScan | null {
  const old = new Set(then.groups.flatMap((group) => group.files.map((file) => file.path)))
  const current = new Set(now.groups.flatMap((group) => group.files.map((file) => file.path)))
  if ([...old].some((path) => !current.has(path))) return null
  const groups = now.groups.map((group) => ({ ...group, files: group.files.filter((file) => !old.has(file.path)) }))
  return { ...now, groups: groups.filter((group) => group.files.length > 0) }
}

function refuseRewritten(context: TaskContext, input: TableName): never {
  const [table, { write }] = soleOutput(context.node)
  return fail('run/input-rewritten', { table, input, write: writeKind(write), keeps: keeps(context) })
}

/** Whether it has rows that it would not have again. */
const keeps = ({ node, states }: TaskContext): boolean =>
  node.replay === 'never' ||
  Object.keys(node.outputs).some((table) => holdsMore(states.get(table as TableName)?.progress, states))
