import { fork } from 'node:child_process'
import { join } from 'node:path'
import type { Batch, BatchScan, Columns, Issue, Place, Query, Scan, TableName } from '@millrace/core'
import { fail, issue, MillraceError, nearest, placeAt } from '@millrace/core'
import { definedColumns, narrowed, quoteTable, scansOf } from '../read/inputs.ts'
import type { TaskContext } from '../execute/task.ts'
import type { CodeAnswer, CodeFailure, CodeReply, CodeRequest } from './protocol.ts'

/** A project whose package.json names no type is read as modules all the same: nothing to warn of. */
const quiet = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON']

const entry = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './code-worker.js', import.meta.url)

/** Batches are written together once they are this large. */
const flushBytes = 32e6

export interface CodeOf {
  readonly module: string
  readonly export: string
  readonly job: CodeRequest['job']
  readonly columns: Columns
}

export interface CodeRan {
  /** The last that it reported. */
  readonly position: string | null
  readonly rows: number
  /** Variables of the environment that it looked at. */
  readonly env: readonly string[]
}

/** What of a task a function of the project needs. */
export interface CodeContext extends Pick<TaskContext, 'lakehouse' | 'graph' | 'session' | 'pins' | 'cancel'> {
  /** The rows that a test gives: then no table is read. */
  readonly given?: Readonly<Record<string, Scan>>
}

/** Runs a function of the project in a process of its own. `write` gets its rows, some tens of megabytes at a time; the
 * function waits meanwhile. */
export async function runCode(
  context: CodeContext,
  code: CodeOf,
  write: (rows: Query) => Promise<void>,
): Promise<CodeRan> {
  const child = fork(entry, { execArgv: quiet, serialization: 'advanced', stdio: ['ignore', 2, 2, 'ipc'] })
  const inputs = new Map<string, AsyncIterator<Batch>>()
  let held: Uint8Array[] = []
  let rows = 0
  let position: string | null = null
  let env: readonly string[] = []
  const flush = async (): Promise<void> => {
    if (held.length === 0) return
    const scan: BatchScan = { via: 'batches', columns: code.columns, batches: held }
    held = []
    await write({ sql: 'select * from given.rows', inputs: { 'given.rows': scan }, params: {} })
  }
  const take = async (reply: CodeReply): Promise<CodeAnswer | null> => {
    if ('want' in reply) return await nextBatch(context, inputs, reply.want)
    if ('position' in reply) position = reply.position
    if (!('rows' in reply)) return null
    held.push(reply.rows)
    rows += reply.count
    if (held.reduce((sum, one) => sum + one.byteLength, 0) > flushBytes) await flush()
    return { go: true }
  }
  const stop = (): void => void child.kill('SIGKILL')
  const watch = setInterval(() => context.cancel.aborted && stop(), 50)
  try {
    await new Promise<void>((resolve, reject) => {
      let last: Promise<void> = Promise.resolve()
      child.on('message', (reply: CodeReply) => {
        if ('failed' in reply) return reject(codeFailed(context, code, reply.failed))
        if ('done' in reply) {
          env = reply.env
          return void last.then(resolve, reject)
        }
        last = last.then(async () => {
          const answer = await take(reply)
          if (answer !== null && child.connected) child.send(answer)
        })
        last.catch(reject)
      })
      child.on('error', reject)
      child.on('exit', (exit, signal) => {
        reject(new MillraceError(endOf(context, code, signal ?? exit)))
      })
      child.send({ ...code, module: join(context.lakehouse.paths.project, code.module) } satisfies CodeRequest)
    })
    await flush()
    return { position, rows, env }
  } finally {
    clearInterval(watch)
    child.removeAllListeners('exit')
    stop()
    for (const input of inputs.values()) await input.return?.()
  }
}

/** Why a process ended that had not done its work; Ctrl-C may have reached it before the run. */
function endOf({ cancel }: CodeContext, { module: file }: CodeOf, by: NodeJS.Signals | number | null): Issue {
  if (cancel.aborted || by === 'SIGINT') return issue('run/cancelled', {})
  return issue('run/code-exited', { file, how: typeof by === 'string' ? by : `exit code ${by}` })
}

async function nextBatch(
  context: CodeContext,
  inputs: Map<string, AsyncIterator<Batch>>,
  table: string,
): Promise<CodeAnswer> {
  let input = inputs.get(table)
  if (input === undefined) {
    input = context.session.read(await inputQuery(context, table), context.cancel)[Symbol.asyncIterator]()
    inputs.set(table, input)
  }
  const next = await input.next()
  return next.done === true ? { batch: null, of: {} } : { batch: next.value.arrow, of: next.value.columns }
}

/** All rows of a table that the function asks for. */
async function inputQuery({ lakehouse, graph, pins, given }: CodeContext, table: string): Promise<Query> {
  const names = given === undefined ? [...pins.keys()] : (Object.keys(given) as TableName[])
  const name = names.find((one) => one.toLowerCase() === table.toLowerCase())
  if (name === undefined) fail('command/unknown-table', { name: table, environment: lakehouse.environment })
  const scans = given ?? narrowed(await scansOf(lakehouse, pins, [name]), (one) => definedColumns(graph, one))
  return { sql: `select * from ${quoteTable(name)}`, inputs: scans, params: {} }
}

/** Points at the line of the project's own file that the stack names first. */
function codeFailed(context: CodeContext, code: CodeOf, failed: CodeFailure): MillraceError {
  const file = join(context.lakehouse.paths.project, code.module)
  const match = new RegExp(String.raw`${file.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}:(\d+):(\d+)`).exec(
    failed.stack,
  )
  const at =
    match === null ? placeAt(file, '', 0) : { file, line: Number(match[1]), column: Number(match[2]), length: 1 }
  const { arrow } = failed
  if (arrow === undefined) return new MillraceError(issueOf(code, failed, at))
  const { record, problems } = arrow
  return new MillraceError(problems.map((one) => issue('run/bad-arrow', { file: code.module, record, ...one }, { at })))
}

/** Only a source asks the world outside, which may answer the next time. */
function issueOf({ module: file, job, columns }: CodeOf, failed: CodeFailure, at: Place): Issue {
  const { message, record, key, value } = failed
  if (record !== undefined) return issue('run/bad-record', { file, ...record }, { at })
  if (key !== undefined)
    return issue('run/bad-key', { file, ...key }, { at, candidates: nearest(key.key, Object.keys(columns)) })
  if (value !== undefined) return issue('run/bad-value', { file, ...value }, { at })
  return issue(job.kind === 'source' ? 'run/source-failed' : 'run/code-failed', { file, message }, { at })
}
