import { type Issue, issue, MillraceError, type Scan, type TableName } from '@millrace/core'
import { brokenBy } from '../scan/broken-file.ts'
import { localPath } from '../sql/local-path.ts'
import { nullMark } from '../write/copy-sql.ts'
import { inputsOf } from './progress.ts'

const readableFile = /(?:Cannot open file|Could not open file|No files found that match the pattern) "?([^":]+)"?/

/** Integers of 128 bits are cast on their way out; inside of a list, DuckDB does not say of which column. */
const longInteger =
  /^Conversion Error: Could not cast value (-?\d+) to DECIMAL\(38,0\)(?: when casting from source column (.*))?$/m

/** How DuckDB, and our own reader of footers, tell of Parquet files that are none any more. */
const damagedFile = [
  /^[^\n]*(No magic bytes found at end of file) '([^']+)'/,
  /^[^\n]*(Footer length error in file) '([^']+)'/,
  /^[^\n]*File '([^']+)' (too small to be a Parquet file)/,
  /^(.+) (is not a Parquet file)$/,
  /^[^\n]*Failed to read file "([^"]+)": ([^\n]+)/,
]

/** DuckDB's message as a coded issue; the words are DuckDB's, what to do is ours. `scans` are what the statement read. */
export function issuesOf(error: unknown, memoryBytes: number, scans: readonly Scan[] = []): readonly Issue[] {
  if (error instanceof MillraceError) return error.issues.map((one) => vanished(one, scans))
  const message = error instanceof Error ? error.message : String(error)
  // A full folder for spilling is reported as a lack of memory, but more memory is not what helps.
  if (/No space left on device|failed to offload data block|ENOSPC/i.test(message))
    return [issue('engine/disk-full', { message })]
  if (message.startsWith('Out of Memory Error'))
    return [issue('engine/out-of-memory', { limitBytes: memoryBytes, message })]
  if (/^IO Error\b.*\bFile too large/.test(message)) return [issue('command/file-system', { message })]
  const mark = message.indexOf(nullMark)
  if (mark >= 0) return [issue('engine/null-in-required', { column: message.slice(mark + nullMark.length) })]
  const long = longInteger.exec(message)
  if (long !== null) return [issue('engine/integer-too-long', { column: long[2] ?? null, value: long[1] ?? '' })]
  const file = readableFile.exec(message)
  if (file !== null && /No such file|No files found/.test(message))
    return [vanished(issue('engine/input-vanished', { path: file[1] ?? '' }), scans)]
  return [damaged(message, scans) ?? issue('engine/query-failed', { message })]
}

interface TableFile {
  readonly path: string
  readonly bytes: number
  readonly table: TableName
}

/** Errors that may come of damage; others are the query's own. */
const mayBeDamage = /^(?:Invalid|IO|Internal|Serialization)\b/

/** What DuckDB's reader of Parquet says of bytes that make no sense, without naming their file. */
const senseless = /TProtocolException|Out of buffer|don't know what type|\bGZIP\b|decompress/i

/** A file that a table needs cannot just be gone: it is the table that is damaged. */
function vanished(one: Issue, scans: readonly Scan[]): Issue {
  const { path } = one.params
  if (one.code !== 'engine/input-vanished' || typeof path !== 'string') return one
  const file = scans.flatMap(tableFiles).find((other) => other.path === localPath(path))
  return file === undefined ? one : corrupt(file, 'it is not there')
}

/** A file that is cut or overwritten, by what the message says or by its size and ends: some damage is told without a file. */
function damaged(message: string, scans: readonly Scan[]): Issue | null {
  const told = damagedFile.flatMap((one) => one.exec(message)?.slice(1) ?? [])
  const problem = (path: string): string =>
    told
      .filter((part) => part !== path)
      .join()
      .replace(/^(?:is )?(?=not a|too small)/, 'it is ')
  const landed = scans.flatMap((scan) => (scan.via === 'raw' ? scan.files : [])).find(({ path }) => told.includes(path))
  if (landed !== undefined)
    return issue('files/unreadable', { path: landed.label ?? landed.path, problem: problem(landed.path) })
  const files = scans.flatMap(tableFiles)
  const named = files.find(({ path }) => told.includes(path))
  if (named !== undefined) return corrupt(named, problem(named.path))
  if (!mayBeDamage.test(message)) return null
  const [line = ''] = message.split('\n')
  const quoted = line.startsWith('Invalid') ? files.find(({ path }) => line.includes(path)) : undefined
  if (quoted !== undefined) return corrupt(quoted, line)
  const other = files.find((one) => brokenBy(one) !== null)
  if (other !== undefined) return corrupt(other, brokenBy(other) ?? line)
  const [only, ...more] = scans.some(({ via }) => via === 'raw') || !senseless.test(line) ? [] : files
  return only === undefined || more.length > 0 ? null : corrupt(only, line)
}

const corrupt = ({ path, table }: TableFile, problem: string): Issue => issue('lake/corrupt', { path, problem, table })

function tableFiles(scan: Scan): readonly TableFile[] {
  if (scan.via === 'query') return inputsOf(scan.query).flatMap(tableFiles)
  if (scan.via !== 'files' || scan.table === undefined) return []
  const { table, groups } = scan
  return groups.flatMap(({ files }) => files.map(({ path, bytes }) => ({ path: localPath(path), bytes, table })))
}
