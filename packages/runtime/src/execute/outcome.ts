import { cover, type Issue, type Output, type TableName, type Written } from '@millrace/core'
import { positionOf } from './draft.ts'
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
  const before = fresh ? [] : (context.states.get(table)?.progress.covered ?? [])
  return cover(before, filled, { by: output.fingerprint.rows, of: positionOf(context) })
}
