import type { CsvOptions } from '../scan/csv-options.ts'
import { subquery } from '../sql/quote.ts'
import { copyRows } from '../worker/write.ts'
import { type CastColumn, faultColumns, faultSql, valuesSql } from './cast-sql.ts'
import type { Landing, Part } from './landing.ts'

/** Records as texts, with `file`, `line` and `raw` beside them. */
export interface TextRecords {
  readonly table: string
  readonly columns: readonly CastColumn[]
  readonly options: CsvOptions | null
  readonly records: number
}

/** Casts records: the good ones are written, each bad one becomes a reject that names its first column at fault. */
export async function landCast(landing: Landing, texts: TextRecords): Promise<Part> {
  const { database, sink, name, rejects, onProgress } = landing
  const { table, columns, options } = texts
  const fault = faultSql(columns, options)
  await database.run(
    `INSERT INTO ${rejects.table} BY NAME SELECT file, line, raw, ${faultColumns(columns, '"millrace fault"')}
     FROM (SELECT *, ${fault} AS "millrace fault" FROM ${table}) WHERE "millrace fault" IS NOT NULL`,
  )
  const select = `SELECT ${valuesSql(columns, options)} FROM ${table} WHERE (${fault}) IS NULL`
  const written = await copyRows(database, subquery(select), {}, sink, name, onProgress)
  const counted = `SELECT count(*)::INTEGER AS n FROM ${table} WHERE (${fault}) IS NOT NULL`
  const bad = Number((await database.rows(counted))[0]?.['n'] ?? 0)
  if (written.rows + bad !== texts.records)
    throw new Error(`${texts.records} records became ${written.rows} rows and ${bad} rejects`)
  return written
}
