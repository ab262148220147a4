import { closeSync, openSync, readSync, statSync } from 'node:fs'
import type { DataFile } from '@millrace/core'
import { localPath } from '../sql/local-path.ts'

/** How a data file differs from what was written, as far as its size and its first and last bytes tell; null: not by these. What is
 * wrong in the midst of one shows only when it is read. */
export function brokenBy({ path, bytes }: Pick<DataFile, 'path' | 'bytes'>): string | null {
  const local = localPath(path)
  const found = statSync(local, { throwIfNoEntry: false })
  if (found === undefined) return 'it is not there'
  if (!found.isFile()) return 'it is not a file'
  if (found.size !== bytes) return `it has ${found.size} bytes, and was written with ${bytes}`
  return isMarked(local, bytes) ? null : 'it is not a Parquet file'
}

/** What a Parquet file begins and ends with. */
const mark = 'PAR1'

function isMarked(path: string, size: number): boolean {
  const file = openSync(path, 'r')
  try {
    return [0, Math.max(0, size - mark.length)].every((at) => {
      const found = Buffer.alloc(mark.length)
      readSync(file, found, 0, mark.length, at)
      return found.toString('latin1') === mark
    })
  } finally {
    closeSync(file)
  }
}
