import type { DataFile } from '@millrace/core'
import { brokenBy } from '@millrace/engine-duckdb'
import { toPath } from '@millrace/lake'

export interface BrokenFile {
  readonly path: string
  readonly problem: string
}

/** The first data file that is not what was written, as far as can be told without reading it whole; null: none. */
export function brokenFile(files: readonly DataFile[]): BrokenFile | null {
  for (const file of files) {
    const path = toPath(file.path)
    const problem = brokenBy({ path, bytes: file.bytes })
    if (problem !== null) return { path, problem }
  }
  return null
}
