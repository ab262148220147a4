import type { Batch } from '@millrace/core'
import { type DuckDBAppender, DuckDBDataChunk, type DuckDBType } from '@duckdb/node-api'
import duckdb from '@duckdb/node-bindings'
import { readStream } from '../arrow/read-stream.ts'
import type { RecordBatch } from '../arrow/write-stream.ts'
import { withNullsBelow } from '../arrow/nulls-below.ts'
import { chunkRows, writeVector } from '../arrow/write-vector.ts'
import type { Database } from './database.ts'

/** Appends rows of a batch, `order` saying which of its columns goes where. */
export function appendRecords(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  batch: RecordBatch,
  order: readonly number[],
): void {
  const given = batch.columns.map(withNullsBelow)
  for (let from = 0; from < batch.rows; from += chunkRows) {
    const to = Math.min(from + chunkRows, batch.rows)
    const chunk = DuckDBDataChunk.create(types, to - from)
    order.forEach((source, target) => {
      const column = given[source]
      if (column !== undefined) writeVector(duckdb.data_chunk_get_vector(chunk.chunk, target), column, from, to)
    })
    appender.appendDataChunk(chunk)
  }
}

/** Appends a batch to a table of the same columns in the engine's own catalog. */
export async function appendBatches(database: Database, table: string, batch: Batch): Promise<void> {
  const types = (await database.connection.run(`SELECT * FROM ${table} LIMIT 0`)).columnTypes()
  const appender = await database.connection.createAppender(table)
  for (const records of readStream(batch.arrow).batches) appendRecords(appender, types, records, [...types.keys()])
  appender.closeSync()
}
