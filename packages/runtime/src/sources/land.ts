import type { Output, Position, RawScan, TableName } from '@millrace/core'
import { issue, stable } from '@millrace/core'
import { openDraft, stageWritten } from '../execute/draft.ts'
import { rejectsQuery, stageRejects } from '../execute/rejects.ts'
import type { StagedTable, TaskContext } from '../execute/task.ts'
import type { WriteOutcome } from '../execute/outcome.ts'
import { hash } from '../workspace/lakehouse.ts'

export interface Landing {
  readonly table: TableName
  readonly output: Output
  readonly scans: readonly RawScan[]
  /** How far the source has got once these are landed. */
  readonly position: Position
}

/** Lands raw files in a table and its rejects beside it. Too many rejects fail the load; the rejects are published. */
export async function land(context: TaskContext, landing: Landing): Promise<WriteOutcome> {
  const { table, output } = landing
  const replaces = output.write === 'replace' || context.decision.action === 'rebuild'
  const open = await openDraft(context, table, output, { rewritten: replaces })
  const landed = []
  for (const scan of landing.scans) {
    landed.push(await context.session.land(scan, open.draft.sink, context.cancel, context.progress))
  }
  const rejects = landed.flatMap((one) => (one.rejects === null ? [] : [rejectsQuery(one.rejects)]))
  const rejected = landed.reduce((sum, one) => sum + one.rejected, 0)
  const rows = landed.reduce((sum, one) => sum + one.rows, 0)
  const bytes = landed.reduce((sum, one) => sum + one.bytes, 0)
  const staged: readonly StagedTable[] = rejects.length > 0 ? await stageRejects(context, table, rejects) : []
  const limit = context.node.work.executor === 'connector' ? context.node.work.maxRejects : null
  if (limit !== null && rejected > limit) {
    return { staged, rows, bytes, issues: [issue('run/too-many-rejects', { table, rejects: rejected, limit })] }
  }
  const own = await stageWritten(context, open, output, {
    add: { files: landed.flatMap((one) => one.files), rows, bytes },
    remove: open.base !== null && replaces ? 'all' : 'none',
    operation: open.base !== null && replaces ? 'overwrite' : 'append',
    progress: { covered: [], position: landing.position, origin: originOf(context) },
  })
  return { staged: [own, ...staged], rows, bytes }
}

/** The outside system behind the rows. */
export function originOf(context: TaskContext): ReturnType<typeof hash> {
  const { work } = context.node
  return hash(work.executor === 'connector' ? stable([work.connector, work.config]) : context.node.id)
}
