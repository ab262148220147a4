/**
 * The fast way: DuckDB reads the files itself and sets aside what does not fit. It is trusted with values that do not
 * convert, one line each. Whatever looks like a slip in the structure of a file (a stray quote, a wrong number of fields,
 * mixed line ends, bytes that are no text) is not: DuckDB then drops or swallows neighbours, so the whole file goes the
 * exact way instead. Its line numbers count records, its text of a line is cut at 10,000 characters: both are mended here.
 */
import { open } from 'node:fs/promises'
import { MillraceError, type RawFile } from '@millrace/core'
import { csvOptions } from '../scan/csv-options.ts'
import { csvSelect, headerGroups, type Rejects } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { subquery } from '../sql/quote.ts'
import { copyRows } from '../worker/write.ts'
import { type Landing, labelOf, nothing, type Part, removeWritten } from './landing.ts'
import { physicalLines } from './physical-lines.ts'
import { RecordScanner } from './record-scanner.ts'
import type { Reject } from './reject-store.ts'

let reads = 0

export interface FastResult {
  readonly part: Part
  /** Files that must go the exact way; when there are any, nothing has been written. */
  readonly suspects: readonly RawFile[]
}

interface Said {
  readonly path: string
  readonly offset: number
  readonly column: string | null
  readonly type: string
  readonly text: string
  readonly message: string
}

/** Reads and writes all files at once, or names those that DuckDB cannot be trusted with. */
export async function landFast(landing: Landing, files: readonly RawFile[]): Promise<FastResult> {
  if (files.length === 0) return { part: nothing, suspects: [] }
  const groups = headerGroups(files).map((group) => {
    const id = ++reads
    return { group, rejects: { table: `millrace_errors_${id}`, scan: `millrace_scans_${id}` } }
  })
  const selects = groups.map((one) => csvSelect(landing.scan, one.group, one.rejects))
  try {
    const { database, sink, name, onProgress } = landing
    const part = await copyRows(database, subquery(selects.join('\nUNION ALL\n')), {}, sink, name, onProgress)
    for (const one of groups) {
      const said = await readSaid(landing, one.rejects)
      const suspects = suspectsOf(said, files)
      if (suspects.length > 0) {
        await removeWritten(landing)
        return { part: nothing, suspects }
      }
      await keep(landing, said, one.group.header, files)
    }
    return { part, suspects: [] }
  } catch (error) {
    const suspects = suspectsOfError(error, files)
    if (suspects === null) throw error
    await removeWritten(landing)
    return { part: nothing, suspects }
  } finally {
    for (const one of groups) await drop(landing, one.rejects)
  }
}

async function drop(landing: Landing, rejects: Rejects): Promise<void> {
  await landing.database.run(`DROP TABLE IF EXISTS ${rejects.table}`)
  await landing.database.run(`DROP TABLE IF EXISTS ${rejects.scan}`)
}

/** The first fault of each bad line, in the order of the files. */
async function readSaid(landing: Landing, rejects: Rejects): Promise<readonly Said[]> {
  const rows = await landing.database.rows(`
    SELECT file_path, line_byte_position, min_by(column_name, column_idx) AS column_name,
      coalesce(min(error_type::VARCHAR) FILTER (error_type::VARCHAR <> 'CAST'), 'CAST') AS error_type,
      any_value(csv_line) AS csv_line, min_by(error_message, column_idx) AS error_message
    FROM ${rejects.table} JOIN ${rejects.scan} USING (scan_id, file_id)
    GROUP BY file_path, line_byte_position ORDER BY file_path, line_byte_position`)
  return rows.map((row) => {
    const text = typeof row['csv_line'] === 'string' ? row['csv_line'] : ''
    // Blank lines before a bad one are counted to it.
    const trimmed = text.replace(/^[\r\n]+/, '')
    return {
      path: String(row['file_path']),
      // DuckDB counts bytes from 1.
      offset: Number(row['line_byte_position']) - 1 + Buffer.byteLength(text) - Buffer.byteLength(trimmed),
      column: typeof row['column_name'] === 'string' ? row['column_name'] : null,
      type: String(row['error_type']),
      text: trimmed,
      message: String(row['error_message']),
    }
  })
}

const suspectsOf = (said: readonly Said[], files: readonly RawFile[]): readonly RawFile[] => {
  const paths = new Set(said.filter((one) => one.type !== 'CAST').map((one) => one.path))
  return files.filter((file) => paths.has(localPath(file.path)))
}

/** Errors of the reader, of a conversion and of a missing value are the data's; others are nobody's fault in the file. */
function suspectsOfError(error: unknown, files: readonly RawFile[]): readonly RawFile[] | null {
  if (error instanceof MillraceError) {
    return error.issues.some((one) => one.code === 'engine/null-in-required') ? files : null
  }
  const message = error instanceof Error ? error.message : ''
  if (!/^(Invalid Input|Conversion) Error/.test(message)) return null
  const named = /^ {2}file = (.*)$/m.exec(message)?.[1]
  const suspects = files.filter((file) => localPath(file.path) === named)
  return suspects.length > 0 ? suspects : files
}

/** DuckDB cuts texts here. */
const cutText = 10_000

async function keep(
  landing: Landing,
  said: readonly Said[],
  header: readonly string[],
  files: readonly RawFile[],
): Promise<void> {
  for (const file of files) {
    const path = localPath(file.path)
    const own = said.filter((one) => one.path === path)
    const lines = await physicalLines(
      path,
      own.map((one) => one.offset),
    )
    const rejects: Reject[] = []
    for (const one of own)
      rejects.push({
        file: labelOf(file),
        line: lines.get(one.offset) ?? 0,
        column: nameOf(one.column, header),
        raw: one.text.length < cutText ? one.text : await rawRecord(landing, path, one.offset, header.length),
        reason: reasonOf(one.message),
      })
    await landing.rejects.add(rejects)
  }
}

const nameOf = (column: string | null, header: readonly string[]): string | null =>
  column === null ? null : (header[Number(column.slice(1))] ?? null)

/** Column names in DuckDB's message are places; the value and the type are what matters. */
function reasonOf(message: string): string {
  const match = /Could not convert string "([\s\S]*)" to '([^']*)'/.exec(message)
  return match === null
    ? `cast: ${message.split('\n')[0] ?? ''}`
    : `cast: ${JSON.stringify(match[1])} is no ${match[2]}`
}

/** The whole text of the record that begins at an offset. */
async function rawRecord(landing: Landing, path: string, offset: number, columns: number): Promise<string> {
  const scanner = new RecordScanner(csvOptions(landing.scan), columns)
  const handle = await open(path, 'r')
  try {
    for await (const piece of handle.createReadStream({ start: offset, highWaterMark: 1 << 20 })) {
      const [first] = scanner.push(piece as Buffer)
      if (first !== undefined) return first.raw
    }
    return scanner.finish()[0]?.raw ?? ''
  } finally {
    await handle.close().catch(() => undefined)
  }
}
