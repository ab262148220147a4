import { stripVTControlCharacters } from 'node:util'
import type { CheckResult, Event } from '@millrace/core'
import { bytes, count, duration, plural } from './format.ts'
import { screen, type Screen } from './screen.ts'

interface Running {
  readonly since: number
  rows: number
  bytes: number
  fraction: number | undefined
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const refreshMs = 100
const shownTasks = 12
/** Of those that break a check. */
const shownRows = 3

/** Shows a run while it goes on: on a terminal the running tasks below what has ended, elsewhere one line per end. */
export class Progress {
  readonly #screen: Screen = screen(process.stderr)
  readonly #running = new Map<string, Running>()
  readonly #timer: NodeJS.Timeout | undefined
  #drawn = 0
  #frame = 0

  constructor() {
    if (!this.#screen.live) return
    this.#timer = setInterval(() => this.#draw(), refreshMs)
    this.#timer.unref()
  }

  take(event: Event): void {
    if (event.type === 'task.started')
      this.#running.set(event.task, { since: event.at, rows: 0, bytes: 0, fraction: undefined })
    if (event.type === 'task.progress') {
      const task = this.#running.get(event.task)
      if (task !== undefined) Object.assign(task, { rows: event.rows, bytes: event.bytes, fraction: event.fraction })
    }
    if (event.type === 'task.ended') {
      this.#running.delete(event.task)
      this.#say(ended(event, this.#screen))
    }
    if (event.type === 'rows.rejected') this.#say(rejected(event, this.#screen))
    if (event.type === 'check.ended' && event.result.failed > 0)
      this.#say(failedCheck(event.table, event.result, this.#screen))
    if (event.type === 'publish.done') {
      const tables = `${event.tables.length} ${event.tables.length === 1 ? 'table' : 'tables'}`
      this.#say(`${this.#screen.paint('green', '●')} published ${tables} as ${event.publication.slice(0, 8)}`)
    }
  }

  end(): void {
    clearInterval(this.#timer)
    process.stderr.write(this.#erased())
  }

  #say(line: string): void {
    process.stderr.write(`${this.#erased()}${line}\n${this.#screen.live ? this.#lines() : ''}`)
  }

  /** One write for each picture: an erased screen is never shown. */
  #draw(): void {
    this.#frame = (this.#frame + 1) % frames.length
    process.stderr.write(`${this.#erased()}${this.#lines()}`)
  }

  #erased(): string {
    const up = this.#drawn
    this.#drawn = 0
    return up > 0 ? `\u001B[${up}A\u001B[0J` : ''
  }

  #lines(): string {
    const frame = frames[this.#frame] ?? ''
    const lines = [...this.#running]
      .slice(0, shownTasks)
      .map(([task, state]) => `${running(task, state, this.#screen, frame)}\n`)
    this.#drawn = lines.length
    return lines.join('')
  }
}

function running(task: string, state: Running, { paint, width }: Screen, frame: string): string {
  const ms = Math.max(1, Date.now() - state.since)
  const parts = [paint('cyan', frame), task, paint('dim', duration(ms))]
  if (state.rows > 0)
    parts.push(`${count(state.rows)} rows`, paint('dim', `${count(Math.round((state.rows * 1000) / ms))}/s`))
  if (state.bytes > 0) parts.push(paint('dim', bytes(state.bytes)))
  if (state.fraction !== undefined && state.fraction > 0.02) {
    parts.push(
      `${Math.round(state.fraction * 100)}%`,
      paint('dim', `${duration((ms / state.fraction) * (1 - state.fraction))} left`),
    )
  }
  // A line that wraps would not be erased whole.
  while (parts.length > 2 && stripVTControlCharacters(parts.join('  ')).length >= width) parts.pop()
  return parts.join('  ')
}

function ended(event: Extract<Event, { type: 'task.ended' }>, { paint }: Screen): string {
  const { status, task, rows, ms, bytes: size } = event
  const rate = ms > 0 && rows * 1000 >= ms ? `, ${count(Math.round((rows * 1000) / ms))}/s` : ''
  if (status === 'ok') {
    const what = rows > 0 ? `${plural(rows, 'row')}${size > 0 ? `, ${bytes(size)}` : ''}` : 'no rows to write'
    return `${paint('green', '✓')} ${task}  ${paint('dim', `${what}  ${duration(ms)}${rate}`)}`
  }
  if (status === 'retry') return `${paint('yellow', '↻')} ${task}  ${event.issues[0]?.code ?? ''}, trying again`
  if (status === 'skipped' && event.issues.length === 0)
    return `${paint('dim', '·')} ${task}  ${paint('dim', 'nothing new')}`
  const codes = new Set(event.issues.map((one) => one.code))
  return `${paint(status === 'skipped' ? 'yellow' : 'red', status === 'skipped' ? '–' : '✗')} ${task}  ${[...codes].join(', ')}`
}

function rejected({ table, kept, rows, known }: Extract<Event, { type: 'rows.rejected' }>, { paint }: Screen): string {
  const were = rows === 1 ? 'was rejected; it is' : 'were rejected; they are'
  const before =
    known === 0 ? '' : known === rows ? ', from a run before' : `, ${count(known)} of them from a run before`
  return `${paint('yellow', '!')} ${table}: ${plural(rows, 'record')} ${were} in ${kept} ${paint('dim', `with the reason${before}`)}`
}

/** How many rows break a check, and of how many where they are the table's own. */
export const brokenRows = ({ failed, rows, of }: CheckResult): string =>
  of === 'found' ? plural(failed, 'row') : `${count(failed)} of ${plural(rows, 'row')}`

function failedCheck(table: string, result: CheckResult, { paint, width }: Screen): string {
  const [style, mark] = result.on === 'warn' ? (['yellow', '!'] as const) : (['red', '✗'] as const)
  const { check, failed, on, of } = result
  const broken =
    of === 'table' ? `breaks "${check}"` : `${brokenRows(result)} ${failed === 1 ? 'breaks' : 'break'} "${check}"`
  const sample = result.sample
    .slice(0, shownRows)
    .map((row) => `\n    ${paint('dim', cut(JSON.stringify(row), width - 4))}`)
  return `${paint(style, mark)} ${table}: ${broken} ${paint('dim', `(${on})`)}${sample.join('')}`
}

const cut = (text: string, most: number): string => (text.length <= most ? text : `${text.slice(0, most - 1)}…`)
