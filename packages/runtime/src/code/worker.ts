// The process that runs the functions of a project: a model's rows, a source's records, a check. They may hang, print or
// end the process; here that costs one task. Rows travel as Arrow in batches, and the function waits while the parent is
// not ready for more, so neither side holds more than a few batches.
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type Batch, type Columns, printType } from '@millrace/core'
import { batchOf, RowKeyError, rowsOf, StreamError, TakeError, takeStream, ValueError } from '@millrace/engine-duckdb'
import type { CodeAnswer, CodeFailure, CodeReply, CodeRequest } from './protocol.ts'
import { type CodeRecord, RecordError, recordsIn, type Row, rowsIn } from './records.ts'

interface Definition {
  run?(context: unknown): unknown
  read?(context: unknown): unknown
}

const batchRows = 2048

/** Projects get the define functions of the Millrace that runs them, wherever it is installed. */
const ownDefinitions = import.meta.url.endsWith('.ts')
  ? new URL('define.ts', import.meta.resolve('@millrace/core')).href
  : new URL('./define.js', import.meta.url).href

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'millrace' ? { url: ownDefinitions, shortCircuit: true } : next(specifier, context),
})

/** Variables of the environment that the project's code looked at: they tell one outside system from another. */
const looked = new Set<string>()
process.env = new Proxy(process.env, {
  get(target, name) {
    if (typeof name === 'string') looked.add(name)
    return Reflect.get(target, name) as unknown
  },
})

const answers: ((answer: CodeAnswer) => void)[] = []

function ask(reply: CodeReply): Promise<CodeAnswer> {
  return new Promise((resolve) => {
    answers.push(resolve)
    process.send?.(reply)
  })
}

/** The rows of an input, asked for batch by batch. */
async function* rowsOfTable(table: string): AsyncGenerator<Row> {
  for (;;) {
    const answer = await ask({ want: table })
    if (!('batch' in answer) || answer.batch === null) return
    yield* rowsOf({ columns: answer.of, rows: 0, arrow: answer.batch })
  }
}

/** Gives rows to the parent in batches. */
class Outbox {
  readonly #columns: Columns
  #rows: Row[] = []
  #given = 0

  constructor(columns: Columns) {
    this.#columns = columns
  }

  async put(row: Row): Promise<void> {
    if (this.#rows.push(row) >= batchRows) await this.flush()
  }

  /** Rows that somebody else wrote as Arrow; `record` is their place among all that was given. */
  async putArrow(arrow: Uint8Array, record: number): Promise<void> {
    await this.flush()
    const batch = this.#taken(arrow, record)
    if (batch.rows > 0) await ask({ rows: batch.arrow, count: batch.rows })
  }

  async flush(): Promise<void> {
    if (this.#rows.length === 0) return
    const batch = this.#batch()
    this.#rows = []
    this.#given += batch.rows
    await ask({ rows: batch.arrow, count: batch.rows })
  }

  #batch(): Batch {
    try {
      return batchOf(this.#columns, this.#rows)
    } catch (error) {
      if (error instanceof RowKeyError) throw new RowError(error, { key: this.#keyError(error) })
      if (error instanceof ValueError) throw new RowError(error, { value: this.#valueError(error) })
      throw error
    }
  }

  #taken(arrow: Uint8Array, record: number): Batch {
    try {
      return takeStream(this.#columns, arrow)
    } catch (error) {
      if (error instanceof StreamError) throw new RowError(error, { arrow: { record, problems: error.problems } })
      if (!(error instanceof TakeError)) throw error
      const { row, target, value, problem } = error
      const told = { row: row + 1, record, column: target.path, type: printType(target.type), value, problem }
      throw new RowError(error, { value: told })
    }
  }

  #keyError({ row, key, problem }: RowKeyError): NonNullable<CodeFailure['key']> {
    return { row: this.#given + row + 1, key, problem }
  }

  #valueError({ row, column, value, problem }: ValueError): NonNullable<CodeFailure['value']> {
    const type = printType(this.#columns[column]?.type ?? 'string')
    return { row: this.#given + row + 1, column, type, value, problem }
  }
}

/** Rows that their table cannot hold, with their number among all. */
class RowError extends Error {
  readonly told: Pick<CodeFailure, 'arrow' | 'key' | 'value'>

  constructor({ message }: Error, told: RowError['told']) {
    super(message)
    this.told = told
  }
}

async function run(request: CodeRequest): Promise<void> {
  const module = (await import(pathToFileURL(request.module).href)) as Readonly<Record<string, Definition>>
  const definition = module[request.export]
  if (definition === undefined) throw new Error(`${request.module} exports no ${request.export}`)
  const out = new Outbox(request.columns)
  let number = 0
  for await (const record of await records(definition, request)) {
    number += 1
    if ('row' in record) await out.put(record.row)
    else if ('position' in record) {
      await out.flush()
      process.send?.({ position: record.position } satisfies CodeReply)
    } else await out.putArrow(record.arrow, number)
  }
  await out.flush()
}

async function records(definition: Definition, { job }: CodeRequest): Promise<AsyncIterable<CodeRecord>> {
  const cancel = new AbortController().signal
  if (job.kind === 'source') return recordsIn(await definition.read?.({ after: job.after, cancel }))
  const given =
    job.kind === 'model'
      ? { rows: rowsOfTable, interval: job.interval, params: job.params, cancel }
      : rowsOfTable(job.table)
  return rowsIn(await definition.run?.(given))
}

function failureOf(error: unknown): CodeFailure {
  const { message, stack = '' } = error instanceof Error ? error : new Error(String(error))
  if (error instanceof RowError) return { message, stack, ...error.told }
  if (!(error instanceof RecordError)) return { message, stack }
  const { record, received, expected } = error
  return { message, stack, record: { record, received, expected } }
}

/** Ends this process once it has another parent, for its own is gone. */
const watching = `const { workerData: parent } = require('node:worker_threads')
setInterval(() => process.ppid === parent || process.kill(process.pid, 'SIGKILL'), 200)`

/** A function that loops without a pause leaves no time to hear of a parent that was killed: a thread beside it does. */
function watchParent(): void {
  // Its own variables: those of this process are watched, and all of them would count as looked at.
  new Worker(watching, { eval: true, workerData: process.ppid, env: {} }).unref()
}

const fail = (error: unknown): void => void process.send?.({ failed: failureOf(error) } satisfies CodeReply)

// What nobody waits for fails the function all the same: rows may hang on it.
process.on('unhandledRejection', fail)
process.on('uncaughtException', fail)

// A terminal sends Ctrl-C to this process, too; the parent, which knows what it means, ends it.
process.on('SIGINT', () => {})

process.on('message', (message: CodeRequest | CodeAnswer) => {
  if ('module' in message) {
    watchParent()
    run(message).then(() => process.send?.({ done: true, env: [...looked] } satisfies CodeReply), fail)
  } else answers.shift()?.(message)
})

// A function that waits must not outlive the run that called it.
process.on('disconnect', () => process.exit())
