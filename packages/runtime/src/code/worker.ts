// The process that runs the functions of a project: a model's rows, a source's records, a check. They may hang, print or
// end the process; here that costs one task. Rows travel as Arrow in batches, and the function waits while the parent is
// not ready for more, so neither side holds more than a few batches.
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'
import { type Batch, type Columns, printType } from '@millrace/core'
import { batchOf, rowsOf, ValueError } from '@millrace/engine-duckdb'
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
      if (!(error instanceof ValueError)) throw error
      throw new RowError(error, this.#given, printType(this.#columns[error.column]?.type ?? 'string'))
    }
  }
}

/** A value that its column cannot hold, with the number of its row among all. */
class RowError extends Error {
  readonly told: NonNullable<CodeFailure['value']>

  constructor(error: ValueError, before: number, type: string) {
    super(error.message)
    const { column, value, problem } = error
    this.told = { row: before + error.row + 1, column, type, value, problem }
  }
}

async function run(request: CodeRequest): Promise<void> {
  const module = (await import(pathToFileURL(request.module).href)) as Readonly<Record<string, Definition>>
  const definition = module[request.export]
  if (definition === undefined) throw new Error(`${request.module} exports no ${request.export}`)
  const out = new Outbox(request.columns)
  for await (const record of await records(definition, request)) {
    if ('row' in record) await out.put(record.row)
    else if ('position' in record) {
      await out.flush()
      process.send?.({ position: record.position } satisfies CodeReply)
    } else {
      await out.flush()
      await ask({ rows: record.arrow, count: 0 })
    }
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
  if (error instanceof RowError) return { message, stack, value: error.told }
  if (!(error instanceof RecordError)) return { message, stack }
  const { record, received, expected } = error
  return { message, stack, record: { record, received, expected } }
}

process.on('message', (message: CodeRequest | CodeAnswer) => {
  if ('module' in message) {
    run(message).then(
      () => process.send?.({ done: true, env: [...looked] } satisfies CodeReply),
      (error: unknown) => process.send?.({ failed: failureOf(error) } satisfies CodeReply),
    )
  } else answers.shift()?.(message)
})

// A function that hangs must not outlive the run that called it.
process.on('disconnect', () => process.exit())
