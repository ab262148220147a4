import { type Columns, fail, type Query } from '@millrace/core'
import type { DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api'
import { type RecordBatch, writeStream } from '../arrow/write-stream.ts'
import { readChunk } from '../arrow/read-vector.ts'
import { piecesOf, weight } from '../arrow/take-rows.ts'
import { subquery } from '../sql/quote.ts'
import { prepare } from './bind.ts'
import { describeQuery } from './columns.ts'
import type { Database } from './database.ts'
import { withInputs } from './inputs.ts'

/** Rows of one batch, roughly; a batch also ends when it has grown heavy. */
const batchRows = 16_384
const batchBytes = 4 << 20
/** What a chunk of DuckDB's holds beyond this travels in pieces: 2,048 rows of long texts are more than a string, or memory, can hold. */
const pieceBytes = 4 * batchBytes

export interface BatchTaker {
  readonly stopped: () => boolean
  /** Carries out the work that may be interrupted: what is done before and behind it leaves the session whole. */
  readonly interruptible: (work: () => Promise<void>) => Promise<void>
  readonly columns: (columns: Columns) => void
  readonly batch: (rows: number, arrow: Uint8Array) => Promise<void>
}

/** Streams a query's rows as Arrow, chunk by chunk: the result as a whole is never in memory. */
export async function readQuery(database: Database, query: Query, taker: BatchTaker): Promise<void> {
  await withInputs(database, query, async () => {
    const { columns, sql } = await describeQuery(database, query)
    taker.columns(columns)
    const whole = await inTransaction(database, async () => {
      const statement = await prepare(database, sql, query.params)
      try {
        if (!taker.stopped())
          await taker.interruptible(async () => await sendRows(await statement.stream(), columns, taker))
        return taker.stopped() || (await isAlive(database))
      } finally {
        statement.destroySync()
      }
    })
    if (!whole) await tellWhy(database, { ...query, sql })
  })
}

/** A stream that fails under way just ends, as one does after its last row. What tells the two apart is what became of its transaction. */
async function inTransaction<T>(database: Database, work: () => Promise<T>): Promise<T> {
  await database.run('BEGIN')
  try {
    return await work()
  } finally {
    await database.run('ROLLBACK')
  }
}

async function isAlive(database: Database): Promise<boolean> {
  try {
    await database.run('SELECT 1')
    return true
  } catch {
    return false
  }
}

/** Runs the query again for the reason of its failure, which its stream does not have: every value, but none is kept. */
async function tellWhy(database: Database, query: Query): Promise<never> {
  const sql = `SELECT bit_xor(hash(*COLUMNS(*))) FROM ${subquery(query.sql)}`
  const statement = await prepare(database, sql, query.params)
  try {
    await statement.run()
  } finally {
    statement.destroySync()
  }
  return fail('engine/query-failed', {
    message: 'its rows ended before the last one, and not when they were read again',
  })
}

async function sendRows(result: DuckDBResult, columns: Columns, taker: BatchTaker): Promise<void> {
  const types = Object.values(columns).map((column) => column.type)
  let batches: RecordBatch[] = []
  let [rows, bytes] = [0, 0]
  const flush = async (): Promise<void> => {
    if (rows > 0) await taker.batch(rows, writeStream(columns, batches))
    batches = []
    ;[rows, bytes] = [0, 0]
  }
  for (let chunk = await next(result); chunk !== null && !taker.stopped(); chunk = await next(result)) {
    const whole = { rows: chunk.rowCount, columns: readChunk(chunk.chunk, types) }
    for (const batch of piecesOf(whole, pieceBytes)) {
      if (taker.stopped()) return
      batches.push(batch)
      rows += batch.rows
      bytes += weight(batch)
      if (rows >= batchRows || bytes >= batchBytes) await flush()
    }
  }
  if (!taker.stopped()) await flush()
}

async function next(result: DuckDBResult): Promise<DuckDBDataChunk | null> {
  const chunk = await result.fetchChunk()
  return chunk === null || chunk.rowCount === 0 ? null : chunk
}
