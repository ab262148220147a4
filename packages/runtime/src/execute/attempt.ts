import type { CheckResult, Decided, EventBody, Issue, Node, Output, TableName, TableState } from '@millrace/core'
import { issue } from '@millrace/core'
import { join } from 'node:path'
import { rejectsTable } from '../quality/quarantine.ts'
import { runChecks } from '../quality/run-checks.ts'
import { loadSource } from '../sources/sources.ts'
import { loadState, newId } from '../workspace/lakehouse.ts'
import { beginsAnew } from './draft.ts'
import { failpoint } from './failpoint.ts'
import { knownColumns } from './known-columns.ts'
import type { Board, Schedule } from './schedule.ts'
import { stageRejects } from './rejects.ts'
import { soleOutput, type StagedTable, type TaskContext } from './task.ts'
import { restamp, writeModel } from './writes.ts'

export interface AttemptResult {
  /** What may be published. */
  readonly publish: readonly StagedTable[]
  /** What the tasks that follow see. */
  readonly seen: readonly { readonly state: TableState }[]
  readonly rows: number
  readonly bytes: number
  readonly issues: readonly Issue[]
}

export interface AttemptOf extends Schedule {
  readonly board: Board
  readonly step: { readonly id: string }
  readonly node: Node
  readonly decision: Decided
}

/** One try of one task in an engine session of its own: compute, stage, check. */
export async function attempt(work: AttemptOf): Promise<AttemptResult> {
  const { lakehouse, run, node, signal } = work
  failpoint('task.started')
  const session = await lakehouse.engine().open({
    run,
    memoryBytes: Math.floor(lakehouse.memoryBytes / lakehouse.parallel),
    threads: lakehouse.threads,
    // Of this attempt alone: two DuckDBs in one folder overwrite each other's files.
    spill: join(lakehouse.paths.temp, run, `spill-${newId().slice(0, 8)}`),
  })
  const stop = (): void => session.kill()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const context: TaskContext = {
      lakehouse,
      graph: work.graph,
      node,
      decision: work.decision,
      run,
      startedAt: work.startedAt,
      session,
      cancel: signal,
      pins: work.board.refs,
      states: work.board.states,
      rejected: [],
      progress: (now) => work.emit({ type: 'task.progress', task: work.step.id, ...now }),
    }
    return await audit(context, work, await execute(context))
  } finally {
    signal.removeEventListener('abort', stop)
    await session.close()
  }
}

interface Executed {
  readonly staged: readonly StagedTable[]
  readonly rows: number
  readonly bytes: number
  readonly issues?: readonly Issue[]
}

/** By what the node says carries it out: a registry, not a switch on kinds of definitions. */
async function execute(context: TaskContext): Promise<Executed> {
  const { node } = context
  if (context.decision.action === 'restamp') return await restampAll(context)
  const executors = { engine: writeModel, connector: loadSource, code: writeModel } as const
  const outcome = await executors[node.work.executor](context)
  const [table] = soleOutput(node)
  const mends = beginsAnew(context) && context.pins.has(rejectsTable(table))
  if (context.rejected.length === 0 && !mends) return outcome
  return { ...outcome, staged: [...outcome.staged, ...(await stageRejects(context, table, context.rejected))] }
}

async function restampAll(context: TaskContext): Promise<Executed> {
  const staged: StagedTable[] = []
  for (const [table, output] of Object.entries(context.node.outputs) as [TableName, Output][]) {
    const isSource = context.node.work.executor === 'connector'
    const columns = isSource ? knownColumns(output, context.states.get(table)) : output.columns
    staged.push(...(await restamp(context, { ...output, columns }, table)).staged)
  }
  return { staged, rows: 0, bytes: 0 }
}

/** Judges what was staged. A blocking check holds back its table; what was rejected is published all the same. */
async function audit(context: TaskContext, work: AttemptOf, done: Executed): Promise<AttemptResult> {
  const { lakehouse } = context
  const pins = new Map(context.pins)
  for (const one of done.staged) pins.set(one.table, one.next)
  const issues: Issue[] = [...(done.issues ?? [])]
  const refused = new Set<TableName>()
  for (const { table, output } of done.staged) {
    if (output === null) continue
    const results = await runChecks(context, context.session, pins, table, output)
    for (const result of results) work.emit({ type: 'check.ended', table, result })
    const broken = results.filter((one) => one.failed > 0 && one.on === 'block')
    if (broken.length > 0) refused.add(table)
    issues.push(...broken.map((one) => failedCheck(context, table, one)))
  }
  failpoint('task.checked')
  await lakehouse.state.keepStaged(
    context.run,
    done.staged.map((one) => one.next),
    lakehouse.clock.now(),
  )
  const stopped = issues.length > 0
  const publish = done.staged.filter(
    (one) => one.rejects === true || !stopped || (done.issues === undefined && !refused.has(one.table)),
  )
  const seen = await Promise.all(publish.map(async (one) => ({ state: await loadState(lakehouse, one.next) })))
  const rows = context.rejected.reduce((sum, one) => sum + one.rows, 0)
  if (rows > 0)
    work.emit(
      rejected(
        context,
        seen.map(({ state }) => state),
        rows,
      ),
    )
  return { publish, seen, rows: done.rows, bytes: done.bytes, issues }
}

/** All that this load met, however many of them are kept already. */
function rejected({ node, states }: TaskContext, seen: readonly TableState[], rows: number): EventBody {
  const [table] = soleOutput(node)
  const kept = rejectsTable(table)
  const before = states.get(kept)?.rows ?? 0
  const now = seen.find(({ ref }) => ref.table === kept)?.rows ?? before
  return { type: 'rows.rejected', table, kept, rows, known: rows - (now - before) }
}

function failedCheck({ run }: TaskContext, table: TableName, { check, query, ...result }: CheckResult): Issue {
  const failed = result.of === 'table' ? null : result.failed
  // For a shell: a quote inside single quotes ends them.
  return issue('run/check-failed', { table, check, failed, run, query: query.replaceAll("'", `'\\''`) })
}
