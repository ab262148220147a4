import type { FilesSink, Landed, RawScan } from '@millrace/core'
import { rawSql } from '../scan/raw.ts'
import { subquery } from '../sql/quote.ts'
import type { Database } from './database.ts'
import { copyRows, type OnProgress } from './write.ts'

export async function landFiles(
  database: Database,
  scan: RawScan,
  sink: FilesSink,
  name: string,
  onProgress: OnProgress,
): Promise<Landed> {
  const written = await copyRows(database, subquery(rawSql(scan)), {}, sink, name, onProgress)
  return { ...written, rowsIn: written.rows, rejected: 0, rejects: null }
}
