/**
 * JSON files. The fast way is DuckDB's own reader in its strict form, which fails at the first bad line; then the exact
 * way splits the lines itself and lets DuckDB judge and cast each of them. Arrays of objects have no lines: their
 * elements are numbered instead, and a file that is no JSON at all is refused as a whole.
 */
import { createReadStream } from 'node:fs'
import { type DuckDBAppender, BIGINT, VARCHAR } from '@duckdb/node-api'
import { isUtf8 } from 'node:buffer'
import { fail, MillraceError, type RawFile } from '@millrace/core'
import { columnOf } from '../arrow/build.ts'
import { jsonSelect } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { literal, subquery } from '../sql/quote.ts'
import { appendRecords } from '../worker/append.ts'
import { copyRows } from '../worker/write.ts'
import type { CastColumn } from './cast-sql.ts'
import { landCast } from './land-cast.ts'
import { type Landing, labelOf, type Part, removeWritten } from './landing.ts'
import type { Reject } from './reject-store.ts'

let tables = 0

export async function landJson(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  const { database, scan, sink, name, onProgress } = landing
  try {
    return await copyRows(database, subquery(jsonSelect(scan, files)), {}, sink, name, onProgress)
  } catch (error) {
    if (!isOfTheData(error)) throw error
    await removeWritten(landing)
    return landLines(landing, files)
  }
}

function isOfTheData(error: unknown): boolean {
  if (error instanceof MillraceError) return error.issues.some((one) => one.code === 'engine/null-in-required')
  return error instanceof Error && /^(Invalid Input|Conversion) Error/.test(error.message)
}

async function landLines(landing: Landing, files: readonly RawFile[]): Promise<Part> {
  const { database, scan, rejects } = landing
  const table = `millrace_json_${++tables}`
  await database.run(`CREATE TABLE ${table} (file VARCHAR, line BIGINT, raw VARCHAR)`)
  try {
    for (const file of files)
      await (scan.options['layout'] === 'array' ? takeElements(landing, table, file) : takeLines(landing, table, file))
    const object = `json_valid(raw) AND json_type(CASE WHEN json_valid(raw) THEN raw END) = 'OBJECT'`
    await database.run(
      `INSERT INTO ${rejects.table} BY NAME SELECT file, line, NULL AS "column", raw,
       'json: the line is no JSON object' AS reason FROM ${table} WHERE NOT coalesce(${object}, false)`,
    )
    await database.run(`DELETE FROM ${table} WHERE NOT coalesce(${object}, false)`)
    const columns = Object.entries(scan.columns).map(([column, spec]): CastColumn => {
      const path = literal(`$.${JSON.stringify(column)}`)
      const nested = typeof spec.type !== 'string' || spec.type === 'json' || spec.type === 'variant'
      const value = nested ? `nullif(json_extract(raw, ${path})::VARCHAR, 'null')` : `json_extract_string(raw, ${path})`
      return { name: column, spec, text: value }
    })
    const records = Number((await database.rows(`SELECT count(*)::INTEGER AS n FROM ${table}`))[0]?.['n'] ?? 0)
    return await landCast(landing, { table, columns, options: null, records })
  } finally {
    await database.run(`DROP TABLE ${table}`)
  }
}

async function takeElements(landing: Landing, table: string, file: RawFile): Promise<void> {
  try {
    await landing.database.run(
      `INSERT INTO ${table} SELECT ${literal(labelOf(file))}, row_number() OVER (), json::VARCHAR
       FROM read_json_objects(${literal(localPath(file.path))}, format = 'array', maximum_object_size = ${64 << 20})`,
    )
  } catch (error) {
    fail('files/unreadable', { path: labelOf(file), problem: error instanceof Error ? error.message : String(error) })
  }
}

interface Line {
  readonly line: number
  readonly raw: string
}

async function takeLines(landing: Landing, table: string, file: RawFile): Promise<void> {
  const appender = await landing.database.connection.createAppender(table)
  const rejects: Reject[] = []
  let [number, rest]: [number, Buffer] = [0, Buffer.alloc(0)]
  const take = (lines: readonly Buffer[]): void => {
    const good: Line[] = []
    for (const bytes of lines) {
      number++
      const raw = bytes
        .toString('utf8')
        .replace(/^\uFEFF/, '')
        .trim()
      if (raw === '') continue
      if (isUtf8(bytes)) good.push({ line: number, raw })
      else
        rejects.push({
          file: labelOf(file),
          line: number,
          column: null,
          raw,
          reason: 'encoding: the line is not valid UTF-8',
        })
    }
    append(appender, labelOf(file), good)
  }
  let pieces: Buffer[] = []
  for await (const piece of createReadStream(localPath(file.path), { highWaterMark: 1 << 20 })) {
    pieces.push(piece as Buffer)
    if (!(piece as Buffer).includes(10)) continue
    const [lines, last] = splitLines(Buffer.concat([rest, ...pieces]))
    pieces = []
    rest = last
    take(lines)
  }
  take([Buffer.concat([rest, ...pieces])])
  appender.closeSync()
  await landing.rejects.add(rejects)
}

function splitLines(bytes: Buffer): readonly [readonly Buffer[], Buffer] {
  const lines: Buffer[] = []
  let from = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, at))
    from = at + 1
  }
  return [lines, bytes.subarray(from)]
}

function append(appender: DuckDBAppender, file: string, lines: readonly Line[]): void {
  if (lines.length === 0) return
  const columns = [
    columnOf(
      'string',
      lines.map(() => file),
    ),
    columnOf(
      'int64',
      lines.map((one) => one.line),
    ),
    columnOf(
      'string',
      lines.map((one) => one.raw),
    ),
  ]
  appendRecords(appender, [VARCHAR, BIGINT, VARCHAR], { rows: lines.length, columns }, [0, 1, 2])
}
