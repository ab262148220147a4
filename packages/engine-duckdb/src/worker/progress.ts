/** How far a statement has got, as DuckDB tells it: in rows and as a part of all, of which follow the bytes that it has read. */
import type { Query, Scan, WriteProgress } from '@millrace/core'
import type { DuckDBPreparedStatement } from '@duckdb/node-api'
import type { Database } from './database.ts'

const progressEveryMs = 200

interface Worked {
  readonly rows: number
  readonly fraction: number
}

export type OnProgress = (now: Worked) => void

/** How far a statement has got; null while nobody knows. */
export type Ask = () => Worked | null

export const askDuckDB =
  ({ connection }: Database): Ask =>
  () => {
    const { percentage, rows_processed } = connection.progress
    return percentage < 0 ? null : { rows: Number(rows_processed), fraction: percentage / 100 }
  }

/** Runs a statement, reporting how far it has got. */
export async function runWithProgress(
  statement: DuckDBPreparedStatement,
  ask: Ask,
  onProgress: OnProgress,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const timer = setInterval(() => {
    const now = ask()
    if (now !== null) onProgress(now)
  }, progressEveryMs)
  try {
    return (await statement.runAndReadAll()).getRowObjectsJson()
  } finally {
    clearInterval(timer)
    statement.destroySync()
  }
}

/** Adds the bytes of what is read. */
export const withBytesOf =
  (scans: readonly Scan[], tell: (now: WriteProgress) => void): OnProgress =>
  (now) =>
    tell({ ...now, bytes: Math.round(sum(scans.map(bytesOf)) * now.fraction) })

export const inputsOf = ({ inputs }: Query): readonly Scan[] => Object.values(inputs)

function bytesOf(scan: Scan): number {
  if (scan.via === 'query') return sum(inputsOf(scan.query).map(bytesOf))
  if (scan.via === 'batches') return sum(scan.batches.map((batch) => batch.length))
  const files = scan.via === 'raw' ? scan.files : scan.groups.flatMap((group) => group.files)
  return sum(files.map((file) => file.bytes))
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
