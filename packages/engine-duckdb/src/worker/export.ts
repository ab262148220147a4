import { type ExportTarget, fail, type Query } from '@millrace/core'
import { existsSync, statSync } from 'node:fs'
import { localPath } from '../sql/local-path.ts'
import { literal, subquery } from '../sql/quote.ts'
import { prepare } from './bind.ts'
import type { Database } from './database.ts'
import { withInputs } from './inputs.ts'

const options: Readonly<Record<ExportTarget['format'], string>> = {
  csv: 'FORMAT csv, HEADER',
  json: 'FORMAT json, ARRAY true',
  jsonl: 'FORMAT json, ARRAY false',
  parquet: 'FORMAT parquet, COMPRESSION zstd',
}

/** Writes a query's rows to one file outside the lake. */
export async function exportQuery(
  database: Database,
  query: Query,
  target: ExportTarget,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const path = localPath(target.path)
  if (existsSync(path)) fail('files/exists', { path })
  return withInputs(database, query, async () => {
    const sql = `COPY ${subquery(query.sql)} TO ${literal(path)} (${options[target.format]})`
    const result = await (await prepare(database, sql, query.params)).run()
    return { rows: result.rowsChanged, bytes: statSync(path).size }
  })
}
