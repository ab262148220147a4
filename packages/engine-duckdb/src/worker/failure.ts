import { type Issue, issue, MillraceError } from '@millrace/core'
import { nullMark } from '../write/copy-sql.ts'

const readableFile = /(?:Cannot open file|Could not open file|No files found that match the pattern) "?([^":]+)"?/

/** Integers of 128 bits are cast on their way out; inside of a list, DuckDB does not say of which column. */
const longInteger =
  /^Conversion Error: Could not cast value (-?\d+) to DECIMAL\(38,0\)(?: when casting from source column (.*))?$/m

/** DuckDB's message as a coded issue; the words are DuckDB's, what to do is ours. */
export function issuesOf(error: unknown, memoryBytes: number): readonly Issue[] {
  if (error instanceof MillraceError) return error.issues
  const message = error instanceof Error ? error.message : String(error)
  // A full folder for spilling is reported as a lack of memory, but more memory is not what helps.
  if (/No space left on device|failed to offload data block|ENOSPC/i.test(message))
    return [issue('engine/disk-full', { message })]
  if (message.startsWith('Out of Memory Error'))
    return [issue('engine/out-of-memory', { limitBytes: memoryBytes, message })]
  const mark = message.indexOf(nullMark)
  if (mark >= 0) return [issue('engine/null-in-required', { column: message.slice(mark + nullMark.length) })]
  const long = longInteger.exec(message)
  if (long !== null) return [issue('engine/integer-too-long', { column: long[2] ?? null, value: long[1] ?? '' })]
  const file = readableFile.exec(message)
  if (file !== null && /No such file|No files found/.test(message))
    return [issue('engine/input-vanished', { path: file[1] ?? '' })]
  return [issue('engine/query-failed', { message })]
}
