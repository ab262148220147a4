import type { Decided, Graph, Instant, Issue, Plan, RunId, Step, TableName, TableRef, TableState } from '@millrace/core'
import { decide, describeIssue, fileSystemIssue, issue, MillraceError } from '@millrace/core'
import { observeWindows, type Seen } from '../observe/observe.ts'
import { hash, keepStates, type Lakehouse } from '../workspace/lakehouse.ts'
import { attempt } from './attempt.ts'
import type { Emit } from './run.ts'
import type { StagedTable } from './task.ts'

export interface TaskOutcome {
  readonly step: Step
  readonly status: 'ok' | 'failed' | 'skipped'
  readonly publish: readonly StagedTable[]
  readonly rows: number
  readonly bytes: number
  readonly ms: number
  readonly issues: readonly Issue[]
}

export interface Schedule {
  readonly lakehouse: Lakehouse
  readonly graph: Graph
  readonly run: RunId
  readonly plan: Plan
  readonly seen: Seen
  readonly emit: Emit
  readonly fault: (task: string, error: unknown) => void
  readonly signal: AbortSignal
  readonly startedAt: Instant
}

/** What has been staged so far, seen by the tasks that follow. */
export interface Board {
  readonly refs: Map<TableName, TableRef>
  readonly states: Map<TableName, TableState>
}

/** Runs every step as soon as the steps before it have ended, as many at once as the engine has workers. */
export async function runTasks(schedule: Schedule): Promise<readonly TaskOutcome[]> {
  const { plan, seen, lakehouse } = schedule
  const board: Board = { refs: new Map(seen.refs), states: new Map(seen.observed.tables) }
  const places = semaphore(lakehouse.parallel)
  const started = new Map<string, Promise<TaskOutcome>>()
  for (const step of plan.steps) {
    // Steps come in topological order, so those before this one have been started.
    const before = step.after.map((id) => started.get(id) as Promise<TaskOutcome>)
    const checked = step.checkedAfter.map((id) => started.get(id) as Promise<TaskOutcome>)
    started.set(step.id, afterAll(schedule, board, step, { before, checked }, places))
  }
  const outcomes = await Promise.all(started.values())
  // Once for all: they are copies, and a run that dies before has its tables read again.
  await keepStates(lakehouse, stagedStates(board, outcomes))
  return outcomes
}

function stagedStates({ states }: Board, outcomes: readonly TaskOutcome[]): readonly TableState[] {
  const staged = outcomes.flatMap((one) => one.publish)
  return staged.flatMap(({ table, next }) => {
    const state = states.get(table)
    return state?.ref.version === next.version ? [state] : []
  })
}

async function afterAll(
  schedule: Schedule,
  board: Board,
  step: Step,
  waits: { readonly before: readonly Promise<TaskOutcome>[]; readonly checked: readonly Promise<TaskOutcome>[] },
  places: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<TaskOutcome> {
  await Promise.all(waits.checked)
  const broken = (await Promise.all(waits.before)).find((one) => one.status === 'failed')
  if (broken !== undefined) return skipped(schedule, step, broken.step.node)
  return await places(() => runStep(schedule, board, step))
}

function skipped(schedule: Schedule, step: Step, by: string): TaskOutcome {
  const issues = [issue('run/upstream-failed', { table: (step.tables[0] ?? step.node) as TableName, by })]
  schedule.emit({ type: 'task.ended', task: step.id, attempt: 0, status: 'skipped', rows: 0, bytes: 0, ms: 0, issues })
  return { step, status: 'failed', publish: [], rows: 0, bytes: 0, ms: 0, issues }
}

/** Decides again with what the steps before have staged, then works; a passing fault is tried again. */
async function runStep(schedule: Schedule, board: Board, step: Step): Promise<TaskOutcome> {
  const { lakehouse, emit } = schedule
  const begun = lakehouse.clock.now()
  const end = (status: TaskOutcome['status'], more: Partial<TaskOutcome>, attemptNumber: number): TaskOutcome => {
    const outcome = {
      step,
      status,
      publish: [],
      rows: 0,
      bytes: 0,
      issues: [],
      ...more,
      ms: lakehouse.clock.now() - begun,
    }
    const { rows, bytes, ms, issues } = outcome
    emit({ type: 'task.ended', task: step.id, attempt: attemptNumber, status, rows, bytes, ms, issues })
    return outcome
  }
  if (step.action === 'drop') return end('ok', { publish: dropOf(step, schedule.seen) }, 1)
  const node = schedule.graph.nodes.get(step.node)
  if (node === undefined) throw new Error(`${step.node} is not in the graph`)
  for (let number = 1; ; number++) {
    if (schedule.signal.aborted) return end('failed', { issues: [issue('run/cancelled', {})] }, number)
    emit({ type: 'task.started', task: step.id, attempt: number })
    try {
      const decision = await decideAgain(schedule, board, step)
      if (decision === null) return end('skipped', {}, number)
      const result = await attempt({ ...schedule, board, step, node, decision })
      for (const one of result.seen) {
        board.refs.set(one.state.ref.table, one.state.ref)
        board.states.set(one.state.ref.table, one.state)
      }
      const status = result.issues.length > 0 ? 'failed' : 'ok'
      return end(
        status,
        { publish: result.publish, rows: result.rows, bytes: result.bytes, issues: result.issues },
        number,
      )
    } catch (error) {
      const issues = failureOf(schedule, error, step)
      const again = number <= node.retry.times && issues.every((one) => describeIssue(one).retry !== 'never')
      if (!again) return end('failed', { issues }, number)
      emit({ type: 'task.ended', task: step.id, attempt: number, status: 'retry', rows: 0, bytes: 0, ms: 0, issues })
      // What only collided may be tried at once; what is out of order needs time.
      const later = issues.some((one) => describeIssue(one).retry === 'later')
      if (later) await lakehouse.clock.sleep(node.retry.waitMs * 2 ** (number - 1), schedule.signal)
    }
  }
}

/** Slices could not be known before the inputs were staged; now they can. What stands beside them is no part of a plan. */
async function decideAgain(schedule: Schedule, board: Board, step: Step): ReturnType<typeof decisionOf> {
  const known = step.slices.length > 0 || step.after.length === 0
  const byInterval = step.action === 'run' && step.slices.some((slice) => 'interval' in slice)
  if (step.action === 'load' || (known && !byInterval)) return step
  return await decisionOf(schedule, board, step)
}

async function decisionOf(schedule: Schedule, board: Board, step: Step): Promise<Decided | null> {
  const { graph, seen, lakehouse } = schedule
  const node = graph.nodes.get(step.node)
  if (node === undefined) return null
  const windows = await observeWindows(lakehouse, graph, board.states, { only: node.id })
  const observed = { ...seen.observed, ...windows, tables: board.states }
  const options = { ...schedule.plan.options, allow: step.tables }
  const decision = decide(node, { graph, seen: observed, options, hash, pending: new Set() })
  if ('refused' in decision) throw new MillraceError(decision.refused)
  return decision.action === null ? null : decision
}

function dropOf(step: Step, seen: Seen): readonly StagedTable[] {
  return step.tables.flatMap((table) => {
    const next = seen.refs.get(table)
    const own = seen.observed.environment.overlay[table]
    return next === undefined ? [] : [{ table, from: own?.version ?? null, next, how: 'drop' as const, output: null }]
  })
}

/** What breaks because the run was stopped says nothing of itself. */
function failureOf({ signal, fault }: Schedule, error: unknown, step: Step): readonly Issue[] {
  if (signal.aborted) return [issue('run/cancelled', {})]
  fault(step.id, error)
  return issuesOf(error, step)
}

export function issuesOf(error: unknown, step: Pick<Step, 'id'>): readonly Issue[] {
  if (error instanceof MillraceError) return error.issues
  const refused = fileSystemIssue(error)
  if (refused !== null) return [refused]
  return [issue('run/failed', { task: step.id, message: error instanceof Error ? error.message : String(error) })]
}

/** At most `places` pieces of work at once; the others wait in order. */
function semaphore(places: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = places
  const waiting: (() => void)[] = []
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) free += 1
      else next()
    }
  }
}
