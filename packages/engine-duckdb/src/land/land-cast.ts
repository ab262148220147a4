import type { CsvOptions } from '../scan/csv-options.ts'
import { subquery } from '../sql/quote.ts'
import { copyRows } from '../worker/write.ts'
import { type CastColumn, faultColumns, faultSql, valuesSql, type WholeTest } from './cast-sql.ts'
import type { Landing, Part } from './landing.ts'
import { rawTexts } from './raw-text.ts'

/** Records as texts, read `from` something that has `line`, `position` and `size` beside them: their place in the original. */
export interface TextRecords {
  readonly from: string
  readonly columns: readonly CastColumn[]
  readonly options: CsvOptions | null
  readonly records: number
  /** A test of the whole record that comes before its columns: what must hold, and the reason when it does not. */
  readonly whole?: WholeTest
  readonly source: { readonly path: string; readonly label: string }
}

/** Rejects whose raw texts are fetched together. */
const fetched = 10_000

/** Casts records: the good ones are written, each bad one becomes a reject that names its first column at fault. */
export async function landCast(landing: Landing, texts: TextRecords): Promise<Part> {
  const { database, sink, name, onProgress } = landing
  const { from, columns, options } = texts
  const fault = faultSql(columns, options, texts.whole)
  const select = `SELECT ${valuesSql(columns, options)} FROM ${from} WHERE (${fault}) IS NULL`
  const written = await copyRows(database, subquery(select), {}, sink, name, onProgress)
  const bad = written.rows === texts.records ? 0 : await keepFaults(landing, texts, fault)
  if (written.rows + bad !== texts.records)
    throw new Error(`${texts.source.label}: ${texts.records} records became ${written.rows} rows and ${bad} rejects`)
  return written
}

async function keepFaults(landing: Landing, texts: TextRecords, fault: string): Promise<number> {
  const { database, rejects } = landing
  const table = `${rejects.table}_faults`
  await database.run(
    `CREATE OR REPLACE TABLE ${table} AS SELECT line, position, size, ${faultColumns(texts.columns, '"millrace fault"', texts.options, texts.whole)}
     FROM (SELECT *, ${fault} AS "millrace fault" FROM ${texts.from}) WHERE "millrace fault" IS NOT NULL`,
  )
  let count = 0
  for (let after = -1; ;) {
    const rows = await database.rows(
      `SELECT * FROM ${table} WHERE position > ${after} ORDER BY position LIMIT ${fetched}`,
    )
    const raws = await rawTexts(
      texts.source.path,
      rows.map((row) => ({ offset: Number(row['position']), bytes: Number(row['size']) })),
    )
    await rejects.add(
      rows.map((row, i) => ({
        file: texts.source.label,
        line: Number(row['line']),
        column: typeof row['column'] === 'string' ? row['column'] : null,
        raw: raws[i] ?? null,
        reason: String(row['reason']),
      })),
    )
    count += rows.length
    after = Number(rows.at(-1)?.['position'] ?? 0)
    if (rows.length < fetched) break
  }
  await database.run(`DROP TABLE ${table}`)
  return count
}
