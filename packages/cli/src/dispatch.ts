import { describeIssue, fileSystemIssue, type Issue, issue, MillraceError } from '@millrace/core'
import { startReading } from '@millrace/runtime/ahead'
import { type CommandSpec, text } from './command.ts'
import { commandHelp } from './help.ts'
import { findCommand, parseInput } from './parse.ts'
import { adviseFor, described } from './terminal/advice.ts'
import { isClosedPipe } from './terminal/closed-pipe.ts'
import { renderIssues } from './terminal/issues.ts'
import { screen } from './terminal/screen.ts'

/** Runs one command and answers its exit code: 0 done, 1 the work failed, 2 used wrongly, 130 interrupted. */
export async function dispatch(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json')
  let spec: CommandSpec | undefined
  process.stdout.on('error', (error) => {
    if (!isClosedPipe(error)) throw error
  })
  try {
    spec = findCommand(argv[0] ?? '')
    const input = parseInput(spec, argv.slice(1))
    if (input.options['help'] === true) {
      process.stdout.write(`${json ? JSON.stringify(spec, null, 2) : commandHelp(spec)}\n`)
      return 0
    }
    adviseFor(text(input, 'env'))
    if (spec.group === 'Work') startReading(text(input, 'project') ?? process.cwd())
    return await (await spec.load()).run(input)
  } catch (error) {
    return json && spec?.tells === 'events' ? reportEnd(issuesOf(error)) : report(issuesOf(error), json)
  }
}

/** A run that never began ends like one that did: with an event. */
function reportEnd(issues: readonly Issue[]): number {
  const cancelled = issues.some((one) => one.code === 'run/cancelled')
  const event = { type: 'run.ended', status: cancelled ? 'cancelled' : 'failed', ms: 0, issues: issues.map(plainIssue) }
  process.stdout.write(`${JSON.stringify(event)}\n`)
  return exitOf(issues)
}

/** Shows issues where errors belong and answers the exit code that they ask for. */
export function report(issues: readonly Issue[], json: boolean): number {
  if (json) process.stdout.write(`${JSON.stringify({ issues: issues.map(plainIssue) })}\n`)
  else process.stderr.write(renderIssues(issues, screen(process.stderr)))
  return exitOf(issues)
}

function exitOf(issues: readonly Issue[]): number {
  if (issues.some((one) => one.code === 'run/cancelled')) return 130
  return Math.max(1, ...issues.map((one) => describeIssue(one).exit))
}

export function plainIssue(one: Issue): object {
  const { message, fix, docs } = described(one)
  return { code: one.code, message, fix, docs, at: one.at ?? null, candidates: one.candidates ?? [] }
}

function issuesOf(error: unknown): readonly Issue[] {
  if (error instanceof MillraceError) return error.issues
  if (error instanceof Error && error.name === 'AbortError') return [issue('run/cancelled', {})]
  const refused = fileSystemIssue(error)
  if (refused !== null) return [refused]
  if (process.env['MILLRACE_DEBUG'] !== undefined) process.stderr.write(`${(error as Error).stack ?? String(error)}\n`)
  return [issue('command/failed', { message: error instanceof Error ? error.message : String(error) })]
}
