import { type FileHandle, open } from 'node:fs/promises'
import type { DataFile } from '@millrace/core'
import { toPath } from '@millrace/lake'

export interface BrokenFile {
  readonly path: string
  readonly problem: string
}

/** The first data file that is not what was written, as far as its size and its first and last bytes tell; null: none. What is
 * wrong in the midst of one shows only when it is read. */
export async function brokenFile(files: readonly DataFile[]): Promise<BrokenFile | null> {
  for (const file of files) {
    const path = toPath(file.path)
    const problem = await problemOf(path, file)
    if (problem !== null) return { path, problem }
  }
  return null
}

async function problemOf(path: string, { bytes }: DataFile): Promise<string | null> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'it is not there'
    throw error
  }
  try {
    const found = await file.stat()
    if (!found.isFile()) return 'it is not a file'
    if (found.size !== bytes) return `it has ${found.size} bytes, and was written with ${bytes}`
    const isParquet = (await isMark(file, 0)) && (await isMark(file, bytes - mark.length))
    return isParquet ? null : 'it is not a Parquet file'
  } finally {
    await file.close()
  }
}

/** What a Parquet file begins and ends with. */
const mark = Buffer.from('PAR1')

async function isMark(file: FileHandle, at: number): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(mark.length), 0, mark.length, Math.max(0, at))
  return buffer.equals(mark)
}
