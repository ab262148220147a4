import { type DuckDBConnection, DuckDBScalarFunction, INTEGER, VARCHAR } from '@duckdb/node-api'
import { isThere } from '../arrow/column.ts'
import { readChunk } from '../arrow/read-vector.ts'
import { places } from './bend.ts'

/** DuckDB's integers end here; what needs more places than a number can have needs too many anyway. */
const most = 1_000_000

/**
 * `millrace_places(text)`: how many places behind the point a number's text needs. In SQL alone it would be a page of
 * expressions for each column, which DuckDB needs ten seconds to plan for a thousand of them.
 */
export function registerPlaces(connection: DuckDBConnection): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'millrace_places',
      parameterTypes: [VARCHAR],
      returnType: INTEGER,
      mainFunction: (_info, chunk, output) => {
        const [column] = readChunk(chunk.chunk, ['string'])
        if (column === undefined) return
        const { values, validity } = column
        const bytes = Buffer.from(values.buffer, values.byteOffset, values.length)
        const offsets = column.offsets ?? new Int32Array(1)
        for (let row = 0; row < column.length; row++) {
          const text = bytes.toString('utf8', offsets[row] ?? 0, offsets[row + 1] ?? 0)
          output.setItem(row, isThere(validity, row) ? Math.max(-most, Math.min(most, places(text))) : null)
        }
        output.flush()
      },
    }),
  )
}
