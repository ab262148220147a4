/**
 * The fast way: DuckDB reads the files itself and sets aside what does not fit. It is trusted with values that do not
 * convert, one line each. Whatever looks like a slip in the structure of a file (a stray quote, a wrong number of fields,
 * mixed line ends, bytes that are no text) is not: DuckDB then drops or swallows neighbours, so the whole file goes the
 * exact way instead. Its line numbers count records, its text of a line is cut at 10,000 characters: both are mended here.
 */
import { createReadStream } from 'node:fs'
import { MillraceError, type RawFile } from '@millrace/core'
import { csvOptions } from '../scan/csv-options.ts'
import { csvSelect, fastRecordBytes, type HeaderGroup, headerGroups, type Rejects } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { subquery } from '../sql/quote.ts'
import { copyRows } from '../worker/write.ts'
import { type Landing, labelOf, nothing, type Part, removeWritten } from './landing.ts'
import { physicalLines } from './physical-lines.ts'
import { scanned } from './clean-copy.ts'
import { countLines, type LineCount } from './line-count.ts'
import { keptRaw } from './raw-text.ts'
import { RecordScanner, type Scanned } from './record-scanner.ts'
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
    const [part, counts] = await Promise.all([
      copyRows(database, subquery(selects.join('\nUNION ALL\n')), {}, sink, name, onProgress),
      Promise.all(files.map((file) => countLines(localPath(file.path), { blank: file.header.length === 1 }))),
    ])
    const said = await Promise.all(groups.map((one) => readSaid(landing, one.rejects)))
    const records = part.rows + said.reduce((sum, one) => sum + one.length, 0)
    const suspects = await doubtful(landing, files, said.flat(), counts, records)
    if (suspects.length > 0) {
      await removeWritten(landing)
      return { part: nothing, suspects }
    }
    for (const [i, one] of groups.entries()) await keep(landing, said[i] ?? [], one.group, one.group.files)
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

/** Files whose reading cannot be trusted: structure at fault, overlong lines, or records that are not accounted for. */
async function doubtful(
  landing: Landing,
  files: readonly RawFile[],
  said: readonly Said[],
  counts: readonly LineCount[],
  records: number,
): Promise<readonly RawFile[]> {
  const faulty = suspectsOf(said, files)
  const overlong = files.filter((file, i) => !faulty.includes(file) && (counts[i]?.longest ?? 0) >= fastRecordBytes)
  if (faulty.length + overlong.length > 0) return [...faulty, ...overlong]
  const options = csvOptions(landing.scan)
  const headers = options.header ? counts.filter((one) => one.lines > 0).length : 0
  if (counts.reduce((sum, one) => sum + one.lines, 0) - headers === records) return []
  // Quoted values of several lines, most likely: then only counting the records themselves can tell.
  let counted = 0
  for (const file of files) {
    let own = 0
    for await (const found of scanned(localPath(file.path), options, file.header.length)) own += found.records.length
    counted += own - (options.header && own > 0 ? 1 : 0)
  }
  return counted === records ? [] : files
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
  group: HeaderGroup,
  files: readonly RawFile[],
): Promise<void> {
  const { header } = group
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
  const scanner = new RecordScanner(csvOptions(landing.scan), columns, offset)
  for await (const piece of createReadStream(path, { start: offset, highWaterMark: 1 << 20 })) {
    const found = scanner.push(piece as Buffer)
    if (found.records.length > 0) return firstText(found)
  }
  return firstText(scanner.finish())
}

function firstText({ bytes, records }: Scanned): string {
  const [first] = records
  return first === undefined ? '' : bytes.toString('utf8', first.start, Math.min(first.end, first.start + keptRaw))
}
