import { fail, type RawFile } from '@millrace/core'
import { localPath } from '../sql/local-path.ts'
import { literal } from '../sql/quote.ts'
import type { Database } from '../worker/database.ts'

/** DuckDB reads decimals of more digits from Parquet as other numbers, without a word. */
const mostDigits = 38

/** Refuses Parquet files with decimals that no column can hold; what they hold would be read wrongly. */
export async function refuseLongDecimals(database: Database, files: readonly RawFile[]): Promise<void> {
  if (files.length === 0) return
  const paths = files.map((file) => literal(localPath(file.path))).join(', ')
  const [found] = await database.rows(
    `SELECT file_name, name, "precision"::INTEGER AS digits FROM parquet_schema([${paths}]) WHERE "precision" > ${mostDigits} LIMIT 1`,
  )
  if (found === undefined) return
  const path = String(found['file_name'])
  const file = files.find((one) => localPath(one.path) === path)
  fail('files/too-many-digits', {
    path: file?.label ?? file?.path ?? path,
    column: String(found['name']),
    digits: Number(found['digits']),
  })
}
