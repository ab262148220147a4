import type { FilesScan, Node, Position, Scan, TableName, TableRef } from '@millrace/core'
import { fail, MillraceError, writeKind } from '@millrace/core'
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
    out[table] = difference(now, then) ?? refuseRewritten(context.node, table)
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

/** null: files went away, and the input no longer says which of its rows are new. */
function difference(now: FilesScan, then: FilesScan): FilesScan | null {
  const old = new Set(then.groups.flatMap((group) => group.files.map((file) => file.path)))
  const current = new Set(now.groups.flatMap((group) => group.files.map((file) => file.path)))
  if ([...old].some((path) => !current.has(path))) return null
  const groups = now.groups.map((group) => ({ ...group, files: group.files.filter((file) => !old.has(file.path)) }))
  return { ...now, groups: groups.filter((group) => group.files.length > 0) }
}

function refuseRewritten(node: Node, input: TableName): never {
  const [table, { write }] = soleOutput(node)
  return fail('run/input-rewritten', { table, input, write: writeKind(write) })
}
