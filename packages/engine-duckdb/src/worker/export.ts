import { type ExportTarget, fail, type Query } from '@millrace/core'
import { existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { localPath } from '../sql/local-path.ts'
import { literal, subquery } from '../sql/quote.ts'
import { prepare } from './bind.ts'
import { describeQuery } from './columns.ts'
import type { Database } from './database.ts'
import { withInputs } from './inputs.ts'

/** Writes a query's rows to one file outside the lake. It has its name only when it is whole: until then, and after a kill, what
 * there is of it lies beside it as `.part`. */
export async function exportQuery(
  database: Database,
  query: Query,
  target: ExportTarget,
): Promise<{ readonly rows: number; readonly bytes: number }> {
  const path = localPath(target.path)
  if (existsSync(path)) fail('files/exists', { path })
  if (!existsSync(dirname(path))) fail('files/no-folder', { path, folder: dirname(path) })
  const part = `${path}.part`
  rmSync(part, { force: true })
  try {
    return await withInputs(database, query, async () => {
      // What DuckDB holds in types of its own leaves as on a screen: it writes HUGEINT as DOUBLE, without its last digits.
      const { sql: exact } = await describeQuery(database, query)
      const sql = `COPY ${subquery(exact)} TO ${literal(part)} (FORMAT ${target.format}, COMPRESSION zstd)`
      const result = await (await prepare(database, sql, query.params)).run()
      renameSync(part, path)
      return { rows: result.rowsChanged, bytes: statSync(path).size }
    })
  } finally {
    rmSync(part, { force: true })
  }
}
