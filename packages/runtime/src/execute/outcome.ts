import { cover, type FilesScan, type Issue, type Output, type TableName, type Written } from '@millrace/core'
import { type OpenDraft, positionOf, stageWritten } from './draft.ts'
import type { StagedTable, TaskContext } from './task.ts'

/** What one write has staged. */
export interface WriteOutcome {
  readonly staged: readonly StagedTable[]
  readonly rows: number
  readonly bytes: number
  /** Why nothing but rejects may be published. */
  readonly issues?: readonly Issue[]
}

export const nothingWritten: Written = { files: [], rows: 0, bytes: 0 }

/** The claim that intervals were filled by this definition from these inputs. */
export function coverage(context: TaskContext, table: TableName, output: Output): ReturnType<typeof cover> {
  const filled = context.decision.slices.flatMap((slice) => ('interval' in slice ? [slice.interval] : []))
  const fresh = context.decision.action === 'create' || context.decision.action === 'rebuild'
  const before = fresh ? [] : (context.decision.stands ?? context.states.get(table)?.progress.covered ?? [])
  // Of a lookup only the newest version counts, whatever the interval read then.
  const windows = new Set(context.node.inputs.flatMap((one) => (one.window === undefined ? [] : [one.table])))
  const of = Object.entries(positionOf(context)).filter(([input]) => windows.has(input as TableName))
  return cover(before, filled, { by: output.fingerprint.rows, of: Object.fromEntries(of) })
}

/** Stages a table whose rows are found by key: the rewritten files give way to those that were written. */
export async function stageKeyed(
  context: TaskContext,
  output: Output,
  table: TableName,
  work: {
    readonly open: OpenDraft
    readonly add: Written
    readonly own: FilesScan | null
    readonly incoming: { readonly rows: number }
  },
): Promise<WriteOutcome> {
  const { open, add, own, incoming } = work
  const replaced = open.base !== null && context.decision.action !== 'run'
  const removed = own?.groups.flatMap((group) => group.files) ?? []
  const staged = await stageWritten(context, open, output, {
    add,
    remove: replaced ? 'all' : removed,
    operation: removed.length > 0 || replaced ? 'overwrite' : 'append',
    progress: { covered: context.node.intervals === undefined ? [] : coverage(context, table, output) },
  })
  return { staged: [staged], rows: incoming.rows, bytes: add.bytes }
}
