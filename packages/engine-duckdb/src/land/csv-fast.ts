/**
 * The fast way: DuckDB reads the files itself and sets aside what does not fit. It is trusted with values that do not
 * convert, one line each. Whatever looks like a slip in the structure of a file (a stray quote, a wrong number of fields,
 * mixed line ends, bytes that are no text) is not: DuckDB then drops or swallows neighbours, so the whole file goes the
 * exact way instead. Where all that is wrong with a file are values that DuckDB would change, it is read again without their
 * records. Its line numbers count records, its text of a line is cut at 10,000 characters: both are mended here.
 */
import { createReadStream, statSync } from 'node:fs'
import { MillraceError, type RawFile } from '@millrace/core'
import { toDuckType } from '@millrace/sql/duckdb'
import { csvOptions } from '../scan/csv-options.ts'
import { csvSelect, type Field, fieldsOf, type HeaderGroup, headerGroups, type Rejects } from '../scan/raw.ts'
import { localPath } from '../sql/local-path.ts'
import { subquery } from '../sql/quote.ts'
import type { Ask } from '../worker/progress.ts'
import { copyRows } from '../worker/write.ts'
import { type FastFile, placeInFile } from './csv-bent.ts'
import { type Landing, labelOf, nothing, type Part, removeWritten } from './landing.ts'
import { physicalLines } from './physical-lines.ts'
import { type FieldsScanned, scanFields, type Watch } from './field-scan.ts'
import { keptRaw, shownText } from './raw-text.ts'
import { RecordScanner, type Scanned } from './record-scanner.ts'
import { askReading, type Seen } from './reading.ts'
import type { Reject } from './reject-store.ts'

let readings = 0

/** What the scans beside the reading found, kept from one try to the next. */
export type Scans = Map<RawFile, FieldsScanned>

export interface FastResult {
  /** What was written; null when nothing was, because of suspects or of bent records. */
  readonly part: Part | null
  /** Files that must go the exact way. */
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

/** Reads and writes all files at once, or names those that DuckDB cannot be trusted with; `scans` says where records are bent. */
export async function landFast(landing: Landing, files: readonly FastFile[], scans: Scans): Promise<FastResult> {
  const reads = files.map((one) => one.read).filter((file) => file.bytes > 0)
  if (reads.length === 0) return { part: nothing, suspects: [] }
  const groups = headerGroups(reads).map((group) => {
    const id = ++readings
    return { group, rejects: { table: `millrace_errors_${id}`, scan: `millrace_scans_${id}` } }
  })
  const selects = groups.map((one) => csvSelect(landing.scan, one.group, one.rejects))
  try {
    const part = await copyBeside(landing, files, scans, subquery(selects.join('\nUNION ALL\n')))
    // What was broken off left no tables of rejects.
    const said = part === null ? [] : await Promise.all(groups.map((one) => readSaid(landing, one.rejects)))
    const records = part === null ? null : part.rows + said.reduce((sum, one) => sum + one.length, 0)
    const suspects = doubtful(files, said.flat(), scans, records)
    if (part === null || suspects.length > 0 || files.some((one) => isUncut(one, scans))) {
      await removeWritten(landing)
      return { part: null, suspects }
    }
    for (const [i, one] of groups.entries()) await keep(landing, said[i] ?? [], one.group, files)
    return { part, suspects: [] }
  } catch (error) {
    const suspects = suspectsOfError(error, files)
    if (suspects === null) throw error
    await removeWritten(landing)
    return { part: null, suspects }
  } finally {
    for (const one of groups) await drop(landing, one.rejects)
  }
}

/** Copies the files while they are scanned; what the scan refuses need not be copied to the end: then there is no part. */
async function copyBeside(
  landing: Landing,
  files: readonly FastFile[],
  scans: Scans,
  source: string,
): Promise<Part | null> {
  const { database, sink, name, onProgress } = landing
  const seen: Seen = { bytes: 0, records: 0 }
  const ask = askReading(sizeOf(files), seen)
  const stop = stopper(database)
  const scanning = scanAll(landing, files, scans, { seen, refused: stop.now })
  // The statements around the copying are not to be interrupted, and nothing after them.
  const copy = (asked?: Ask): Promise<Part> =>
    copyRows(database, source, {}, sink, name, onProgress, asked).finally(stop.end)
  const copying = (ask === null ? copy() : database.withoutProgress(() => copy(ask))).finally(stop.end)
  const [scanned, copied] = await Promise.allSettled([scanning, copying])
  if (scanned.status === 'rejected') throw scanned.reason
  if (copied.status === 'fulfilled') return copied.value
  if (stop.told()) return null
  throw copied.reason
}

const stopEveryMs = 20

/** Interrupts a statement until it has ended: DuckDB forgets an interrupt that comes before it has begun. */
function stopper({ connection }: Landing['database']): {
  readonly now: () => void
  readonly told: () => boolean
  readonly end: () => void
} {
  let timer: NodeJS.Timeout | null = null
  let ended = false
  return {
    now: () => {
      if (!ended) timer ??= setInterval(() => connection.interrupt(), stopEveryMs)
    },
    told: () => timer !== null,
    end: () => {
      ended = true
      clearInterval(timer ?? undefined)
    },
  }
}

/** A file that is gone counts nothing here: whoever opens it says so. */
const sizeOf = (files: readonly FastFile[]): number =>
  files.reduce((sum, { read }) => sum + (statSync(localPath(read.path), { throwIfNoEntry: false })?.size ?? 0), 0)

/** One after another: they share the one thread of JavaScript, and each takes its buffer. */
async function scanAll({ scan }: Landing, files: readonly FastFile[], scans: Scans, watch: Watch): Promise<void> {
  const options = csvOptions(scan)
  for (const { file } of files)
    if (!scans.has(file))
      scans.set(file, await scanFields(localPath(file.path), fieldsOf(scan, file.header), options, watch))
}

const isRefused = (one: FieldsScanned): boolean => one.overlong || one.odd

/** Bent records that nobody has cut out yet. */
const isUncut = ({ file, cut }: FastFile, scans: Scans): boolean => (scans.get(file)?.bent.length ?? 0) > cut.length

/** Files whose reading cannot be trusted: structure at fault, or records not accounted for. */
function doubtful(
  files: readonly FastFile[],
  said: readonly Said[],
  scans: Scans,
  records: number | null,
): readonly RawFile[] {
  const faulty = new Set(suspectsOf(said, files))
  const refused = files.flatMap(({ file }) => {
    const own = scans.get(file)
    return faulty.has(file) || (own !== undefined && isRefused(own)) ? [file] : []
  })
  if (refused.length > 0 || records === null || files.some((one) => isUncut(one, scans))) return refused
  const expected = files.reduce((sum, { file, cut }) => sum + (scans.get(file)?.records ?? 0) - cut.length, 0)
  return expected === records ? [] : files.map((one) => one.file)
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

const suspectsOf = (said: readonly Said[], files: readonly FastFile[]): readonly RawFile[] => {
  const paths = new Set(said.filter((one) => one.type !== 'CAST').map((one) => one.path))
  return files.filter(({ read }) => paths.has(localPath(read.path))).map((one) => one.file)
}

/** Errors of the reader, of a conversion and of a missing value are the data's; others are nobody's fault in the file. */
function suspectsOfError(error: unknown, files: readonly FastFile[]): readonly RawFile[] | null {
  const all = files.map((one) => one.file)
  if (error instanceof MillraceError) {
    return error.issues.some((one) => one.code === 'engine/null-in-required') ? all : null
  }
  const message = error instanceof Error ? error.message : ''
  if (!/^(Invalid Input|Conversion) Error/.test(message)) return null
  const named = /^ {2}file = (.*)$/m.exec(message)?.[1]
  const suspects = files.filter(({ read }) => localPath(read.path) === named).map((one) => one.file)
  return suspects.length > 0 ? suspects : all
}

/** DuckDB cuts texts here. */
const cutText = 10_000

async function keep(
  landing: Landing,
  said: readonly Said[],
  { header }: HeaderGroup,
  files: readonly FastFile[],
): Promise<void> {
  const fields = fieldsOf(landing.scan, header)
  for (const one of files) {
    const own = said
      .filter(({ path }) => path === localPath(one.read.path))
      .map((each) => ({ ...each, offset: placeInFile(one, each.offset) }))
    const path = localPath(one.file.path)
    const lines = await physicalLines(
      path,
      own.map(({ offset }) => offset),
    )
    const rejects: Reject[] = []
    for (const { offset, column, text, message } of own)
      rejects.push({
        file: labelOf(one.file),
        line: lines.get(offset) ?? 0,
        column: nameOf(column, header),
        raw: text.length < cutText ? text : await rawRecord(landing, path, offset, header.length),
        reason: reasonOf(message, column === null ? null : fields[Number(column.slice(1))]),
      })
    await landing.rejects.add(rejects)
  }
}

const nameOf = (column: string | null, header: readonly string[]): string | null =>
  column === null ? null : (header[Number(column.slice(1))] ?? null)

/** In DuckDB's message columns are places, and decimals have no scale: only the value is taken from it. */
function reasonOf(message: string, field: Field | undefined): string {
  const value = /Could not convert string "([\s\S]*)" to '[^']*'/.exec(message)?.[1]
  if (value === undefined || typeof field !== 'object' || field === null) return `cast: ${message.split('\n')[0] ?? ''}`
  return `cast: "${value.slice(0, shownText)}" is no ${toDuckType(field.type)}`
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
