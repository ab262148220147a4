import { type Event, MillraceError, type PlanOptions } from '@millrace/core'
import { openWorkspace, runWork } from '@millrace/runtime'
import { flag, type Input } from '../command.ts'
import { plainIssue } from '../dispatch.ts'
import { beforeStart } from '../terminal/before-start.ts'
import { duration } from '../terminal/format.ts'
import { renderIssues } from '../terminal/issues.ts'
import { isInVain, isLeft, renderNotes } from '../terminal/notes.ts'
import { Progress } from '../terminal/progress.ts'
import { screen } from '../terminal/screen.ts'

export interface RunRequest {
  readonly dir: string | undefined
  readonly environment: string | undefined
  readonly plan: PlanOptions
}

/** Plans, runs and shows it: what `run`, `backfill` and `restate` share. Ctrl-C ends the work, nothing is published. */
export async function runWith(input: Input, request: RunRequest): Promise<number> {
  const started = Date.now()
  const workspace = await openWorkspace({ ...request, runs: true })
  const controller = new AbortController()
  let stoppedAt = 0
  // A terminal and the programs in between may each send the signal: only one that comes later is meant as "now".
  const stop = (): void => {
    if (stoppedAt > 0 && Date.now() - stoppedAt > 1000) process.exit(130)
    stoppedAt ||= Date.now()
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const progress = input.json ? null : new Progress()
  try {
    if (workspace.issues.length > 0) throw new MillraceError(workspace.issues)
    const result = await runWork(workspace, request.plan, {
      command: `millrace ${input.command} ${input.args.join(' ')}`.trim(),
      atomic: flag(input, 'atomic'),
      wait: flag(input, 'wait'),
      signal: controller.signal,
      onEvent: (event) => (progress === null ? printEvent(event) : progress.take(event)),
    })
    progress?.end()
    const left = [...result.plan.refusals.filter(isLeft), ...result.plan.notes.filter(isInVain)]
    if (input.json) return exitOf(result.status)
    const { paint } = screen(process.stderr)
    if (result.issues.length > 0) process.stderr.write(`\n${renderIssues(result.issues, screen(process.stderr))}`)
    if (left.length > 0) process.stderr.write(`\n${renderNotes(left, screen(process.stderr))}`)
    if (flag(input, 'atomic') && result.status === 'failed' && result.publication === null)
      process.stderr.write(`${paint('yellow', '!')} nothing was published: with --atomic all tables are, or none\n`)
    const before = result.plan.steps.length === 0 ? beforeStart(workspace.graph, request.plan) : null
    if (before !== null) process.stderr.write(`${paint('yellow', '!')} ${before}\n`)
    const done = result.outcomes.filter((one) => one.status === 'ok').length
    const words = result.plan.steps.length === 0 ? 'nothing to do' : `${done} of ${result.plan.steps.length} steps done`
    const mark = { ok: paint('green', '✓'), failed: paint('red', '✗'), cancelled: paint('yellow', '–') }[result.status]
    process.stderr.write(
      `${mark} ${result.status}: ${words} in ${duration(Date.now() - started)} ${paint('dim', result.run)}\n`,
    )
    return exitOf(result.status)
  } finally {
    progress?.end()
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    await workspace.close()
  }
}

const exitOf = (status: 'ok' | 'failed' | 'cancelled'): number => ({ ok: 0, failed: 1, cancelled: 130 })[status]

function printEvent(event: Event): void {
  const plain = 'issues' in event ? { ...event, issues: event.issues.map(plainIssue) } : event
  process.stdout.write(`${JSON.stringify(plain)}\n`)
}
