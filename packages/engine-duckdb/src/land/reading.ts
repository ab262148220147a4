/**
 * How far DuckDB has got with files that it reads, as the system tells it: what this process has read, less what our own scan of
 * the same files has. DuckDB can tell it too, but what its progress bar does for each task costs a tenth of a load.
 */
import { readFileSync } from 'node:fs'
import type { Ask } from '../worker/progress.ts'

/** What the scan beside DuckDB's reading has been through. */
export interface Seen {
  bytes: number
  records: number
}

/** Bytes that this process has read from anywhere; null where the system does not count them. */
function bytesRead(): number | null {
  try {
    const counted = /^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]
    return counted === undefined ? null : Number(counted)
  } catch {
    return null
  }
}

/** Asks how much of so many bytes has been read from now on; null where only DuckDB can tell. */
export function askReading(total: number, seen: Seen): Ask | null {
  const before = bytesRead()
  if (before === null) return null
  return () => {
    const read = Math.max(0, Math.min(total, (bytesRead() ?? before) - before - seen.bytes))
    const rows = seen.bytes === 0 ? 0 : Math.round((seen.records / seen.bytes) * read)
    // All is read before all is written.
    return { rows, fraction: Math.min(0.99, read / Math.max(1, total)) }
  }
}
