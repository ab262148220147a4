import type { Landed, Output, Position, RawScan, TableName } from '@millrace/core'
import { issue, stable } from '@millrace/core'
import { openDraft, stageWritten } from '../execute/draft.ts'
import { writeSource } from '../execute/quarantined.ts'
import { rejectsQuery } from '../execute/rejects.ts'
import type { TaskContext } from '../execute/task.ts'
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
  const landed: Landed[] = []
  const add = await writeSource(context, output, open.draft.sink, async (sink) => {
    for (const scan of landing.scans)
      landed.push(await context.session.land(scan, sink, context.cancel, context.progress))
    return landed
  })
  for (const { rejects, rejected: rows } of landed)
    if (rejects !== null) context.rejected.push({ query: rejectsQuery(rejects), rows })
  const rejected = landed.reduce((sum, one) => sum + one.rejected, 0)
  const limit = context.node.work.executor === 'connector' ? context.node.work.maxRejects : null
  if (limit !== null && rejected > limit) {
    return {
      staged: [],
      rows: add.rows,
      bytes: add.bytes,
      issues: [issue('run/too-many-rejects', { table, rejects: rejected, limit })],
    }
  }
  const own = await stageWritten(context, open, output, {
    add,
    remove: open.base !== null && replaces ? 'all' : 'none',
    operation: open.base !== null && replaces ? 'overwrite' : 'append',
    progress: { covered: [], position: landing.position, origin: originOf(context) },
  })
  return { staged: [own], rows: add.rows, bytes: add.bytes }
}

/** The outside system behind the rows: what its source says, and the variables of the environment that its code looked at. */
export function originOf({ node }: TaskContext, env: readonly string[] = []): ReturnType<typeof hash> {
  const { work } = node
  const said = work.executor === 'connector' ? [work.connector, work.config] : [node.id]
  const values = env.toSorted().map((name) => [name, process.env[name] ?? null])
  return hash(stable(values.length === 0 ? said : [...said, values]))
}
