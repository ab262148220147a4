// Carries a plan out. Invariants:
// 1. Nothing becomes visible before all tasks have ended and all checks of what is published have passed: one publication
//    moves every table of the run, or none.
// 2. Every table that a run may move is leased first; a lease that was lost means nothing is published.
// 3. The publication is recorded as an intent before the catalog is asked. A crash in between is settled at the next
//    start by asking the catalog whether it knows the publication's id.
// 4. A crash at any other point leaves files that nothing refers to; the next run computes what is still missing.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type {
  Event,
  EventBody,
  Graph,
  Issue,
  Move,
  Plan,
  Publication,
  PublicationId,
  RunId,
  RunStatus,
  TableName,
} from '@millrace/core'
import { issue, MillraceError } from '@millrace/core'
import { hash, type Lakehouse, newId } from '../workspace/lakehouse.ts'
import { expireMoved } from '../care/expire.ts'
import { failpoint } from './failpoint.ts'
import { type HeldLeases, holdLeases } from './leases.ts'
import { issuesOf, runTasks, type TaskOutcome } from './schedule.ts'
import { openRunLog } from '../state/log.ts'
import { isAlive } from '../state/process.ts'
import type { Seen } from '../observe/observe.ts'

export interface RunOptions {
  readonly command: string
  /** All tables of the run are published, or none. */
  readonly atomic?: boolean
  readonly onEvent: (event: Event) => void
  readonly signal: AbortSignal
  readonly wait?: boolean
}

export interface RunResult {
  readonly run: RunId
  readonly status: RunStatus
  readonly outcomes: readonly TaskOutcome[]
  readonly publication: Publication | null
  readonly issues: readonly Issue[]
}

export type Emit = (body: EventBody) => void

/** Runs a plan to its publication. The plan is made after the leases are held, so that it speaks of what is there. */
export async function executeRun(
  lakehouse: Lakehouse,
  graph: Graph,
  tables: readonly TableName[],
  makePlan: () => Promise<{ readonly plan: Plan; readonly seen: Seen }>,
  options: RunOptions,
): Promise<RunResult & { readonly plan: Plan }> {
  const run =
    `run-${new Date(lakehouse.clock.now()).toISOString().replaceAll(/[-:.]/g, '').slice(0, 15)}-${newId().slice(0, 6)}` as RunId
  const { leases, plan, seen } = await planUnderLeases(lakehouse, run, tables, makePlan, options)
  const log = await openRunLog(lakehouse.paths.logs, run)
  const journal = journalOf(lakehouse, run, (event) => {
    log.event(event)
    options.onEvent(event)
  })
  const started = lakehouse.clock.now()
  try {
    const { environment } = lakehouse
    await lakehouse.state.startRun({
      id: run,
      environment,
      command: options.command,
      status: 'running',
      startedAt: started,
      endedAt: null,
      tasks: plan.steps.length,
      pid: process.pid,
    })
    journal.emit({ type: 'run.started', environment, tasks: plan.steps.length, command: options.command })
    const work: Work = { plan, seen, leases, emit: journal.emit, fault: log.fault, options }
    const result = await carryOut(lakehouse, graph, run, work).catch((error: unknown) => {
      log.fault(run, error)
      return { run, status: 'failed', outcomes: [], publication: null, issues: issuesOf(error, { id: run }) } as const
    })
    failpoint('run.ending')
    await lakehouse.state.endRun(run, result.status, lakehouse.clock.now())
    journal.emit({
      type: 'run.ended',
      status: result.status,
      ms: lakehouse.clock.now() - started,
      issues: result.issues,
    })
    return { ...result, plan }
  } finally {
    await journal.flush()
    log.close()
    await leases.release()
    await rm(join(lakehouse.paths.temp, run), { recursive: true, force: true })
  }
}

/** A plan whose tables are all leased. What another run published meanwhile may have changed what there is to do; then
 * everything is let go and taken again with the new tables, in the order of names as always. */
async function planUnderLeases(
  lakehouse: Lakehouse,
  run: RunId,
  tables: readonly TableName[],
  makePlan: () => Promise<{ readonly plan: Plan; readonly seen: Seen }>,
  options: RunOptions,
): Promise<{ readonly leases: HeldLeases; readonly plan: Plan; readonly seen: Seen }> {
  let wanted: ReadonlySet<TableName> = new Set(tables)
  for (;;) {
    const leases = await holdLeases(lakehouse, run, [...wanted], options)
    try {
      const { plan, seen } = await makePlan()
      const all: ReadonlySet<TableName> = new Set([...wanted, ...plan.steps.flatMap((step) => step.tables)])
      if (all.size === wanted.size) return { leases, plan, seen }
      wanted = all
    } catch (error) {
      await leases.release()
      throw error
    }
    await leases.release()
  }
}

interface Work {
  readonly plan: Plan
  readonly seen: Seen
  readonly leases: HeldLeases
  readonly emit: Emit
  /** Keeps the stack of an error that the screen shows in one line. */
  readonly fault: (task: string, error: unknown) => void
  readonly options: RunOptions
}

async function carryOut(lakehouse: Lakehouse, graph: Graph, run: RunId, work: Work): Promise<RunResult> {
  const { plan, seen, emit, options } = work
  const signal = AbortSignal.any([options.signal, work.leases.lost])
  const outcomes = await runTasks({
    lakehouse,
    graph,
    run,
    plan,
    seen,
    emit,
    fault: work.fault,
    signal,
    startedAt: lakehouse.clock.now(),
  })
  const failed = outcomes.flatMap((one) => (one.status === 'failed' ? one.issues : []))
  const issues = [
    ...plan.refusals.filter((one) => one.code !== 'plan/would-drop'),
    ...outcomes.flatMap((one) => one.issues),
  ]
  if (work.leases.lost.aborted)
    return { run, status: 'failed', outcomes, publication: null, issues: [...work.leases.issues()] }
  if (options.signal.aborted)
    return { run, status: 'cancelled', outcomes, publication: null, issues: [issue('run/cancelled', {})] }
  const holdBack = options.atomic === true && failed.length > 0
  const publication = holdBack ? null : await publish(lakehouse, run, outcomes, work)
  if (publication !== null) {
    await learn(lakehouse, outcomes)
    const moved = publication.moves.map((move) => move.table)
    await expireMoved(lakehouse, graph, moved, work.leases).catch((error: unknown) => work.fault('expire', error))
  }
  const blocking = issues.length > 0
  return { run, status: blocking ? 'failed' : 'ok', outcomes, publication, issues }
}

async function publish(
  lakehouse: Lakehouse,
  run: RunId,
  outcomes: readonly TaskOutcome[],
  work: Work,
): Promise<Publication | null> {
  const moves: readonly Move[] = outcomes.flatMap((one) =>
    one.publish.map(({ table, from, next, how }) => ({ table, from, to: how === 'drop' ? null : next, how })),
  )
  if (moves.length === 0) return null
  const environment = await lakehouse.catalog.environment(lakehouse.environment)
  const publication: Publication = {
    id: hash(`${run}/${lakehouse.environment}`) as string as PublicationId,
    environment: lakehouse.environment,
    parent: environment?.head ?? null,
    at: lakehouse.clock.now(),
    run,
    moves,
  }
  const tables = moves.map((move) => move.table)
  failpoint('publish.before-intent')
  await work.leases.confirm()
  await lakehouse.state.intend(publication)
  work.emit({ type: 'publish.intended', publication: publication.id, tables })
  failpoint('publish.intended')
  const result = await lakehouse.catalog.publish(publication, work.leases.confirm)
  failpoint('publish.published')
  if (result.status === 'stale') {
    await lakehouse.state.settle(publication.id, 'never')
    work.emit({ type: 'publish.refused', publication: publication.id, tables: result.tables })
    throw new MillraceError(result.tables.map((table) => issue('lake/moved', { table })))
  }
  await lakehouse.state.settle(publication.id, 'done')
  failpoint('publish.settled')
  work.emit({ type: 'publish.done', publication: publication.id, tables })
  return publication
}

async function learn(lakehouse: Lakehouse, outcomes: readonly TaskOutcome[]): Promise<void> {
  for (const { step, status, ms, rows } of outcomes) {
    const read = step.estimate.readBytes
    if (status === 'ok' && rows > 0 && read > 0 && ms > 0)
      await lakehouse.state.learnPace(step.node, (read * 1000) / ms)
  }
}

/** Events reach the screen at once and the disk in batches, in the order in which they happened. */
function journalOf(
  lakehouse: Lakehouse,
  run: RunId,
  onEvent: (event: Event) => void,
): { emit: Emit; flush: () => Promise<void> } {
  let waiting: Event[] = []
  let writing: Promise<void> = Promise.resolve()
  let broken: unknown
  const flush = async (): Promise<void> => {
    await writing
    if (broken !== undefined) throw broken
  }
  const drain = async (): Promise<void> => {
    const batch = waiting
    waiting = []
    await lakehouse.state.append(batch)
  }
  return {
    emit: (body) => {
      const event: Event = { ...body, id: newId(), at: lakehouse.clock.now(), run }
      onEvent(event)
      if (body.type === 'task.progress') return
      waiting.push(event)
      if (waiting.length === 1) {
        writing = writing.then(drain).catch((error: unknown) => {
          broken = error
        })
      }
    },
    flush,
  }
}

/** Settles what a crash left open: the catalog knows whether a publication happened. What a run is about to publish is not
 * yet known there; to settle it would make a run that has published look as if it never had, if it dies just then. */
export async function recover(
  lakehouse: Lakehouse,
): Promise<readonly { readonly id: string; readonly done: boolean }[]> {
  const out: { id: string; done: boolean }[] = []
  for (const publication of await lakehouse.state.openIntents(isAlive)) {
    const done = (await lakehouse.catalog.find(publication.id)) !== null
    await lakehouse.state.settle(publication.id, done ? 'done' : 'never')
    out.push({ id: publication.id, done })
  }
  return out
}
