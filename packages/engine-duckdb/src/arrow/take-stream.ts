import type { Batch, Columns } from '@millrace/core'
import { withNullsBelow } from './nulls-below.ts'
import { readStream } from './read-stream.ts'
import { StreamError } from './stream-error.ts'
import { inRow, type Mismatch, takesOf } from './take-column.ts'
import { writeStream } from './write-stream.ts'

/** The rows of an Arrow stream that somebody else wrote, as a batch of these columns. A stream that is broken or of other columns is
 * a `StreamError`, a value that its column cannot hold a `TakeError`.
 *
 * ```ts
 * import { batchOf, rowsOf, takeStream } from '@millrace/engine-duckdb'
 * const { arrow } = batchOf({ ID: { type: 'int32' } }, [{ ID: 7 }])
 * rowsOf(takeStream({ id: { type: 'int64' }, note: { type: 'string' } }, arrow)) //=> [{ id: 7n, note: null }]
 * ```
 */
export function takeStream(columns: Columns, bytes: Uint8Array): Batch {
  const stream = readStream(bytes)
  const found: Mismatch[] = []
  const take = takesOf(stream.columns, columns, '', found)
  if (take === null) throw new StreamError(found)
  let rows = 0
  const batches = stream.batches.map((batch) => {
    const before = rows
    rows += batch.rows
    const given = batch.columns.map(withNullsBelow)
    return {
      rows: batch.rows,
      columns: inRow(
        (row) => before + row,
        () => take(given, batch.rows),
      ),
    }
  })
  return { columns, rows, arrow: writeStream(columns, batches) }
}
