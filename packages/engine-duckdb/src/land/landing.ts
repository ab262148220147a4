import type { DataFile, FilesSink, RawFile, RawScan } from '@millrace/core'
import { rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { localPath } from '../sql/local-path.ts'
import type { Database } from '../worker/database.ts'
import type { OnProgress } from '../worker/progress.ts'
import type { RejectStore } from './reject-store.ts'

/** What the ways of landing share. */
export interface Landing {
  readonly database: Database
  readonly scan: RawScan
  readonly sink: FilesSink
  readonly name: string
  readonly spill: string
  readonly rejects: RejectStore
  readonly onProgress: OnProgress
}

export interface Part {
  readonly files: readonly DataFile[]
  readonly rows: number
  readonly bytes: number
}

export const nothing: Part = { files: [], rows: 0, bytes: 0 }

export const together = (parts: readonly Part[]): Part => ({
  files: parts.flatMap((part) => part.files),
  rows: parts.reduce((sum, part) => sum + part.rows, 0),
  bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
})

/** What people know a file by. */
export const labelOf = (file: RawFile): string => file.label ?? file.path

/** Takes back what an attempt wrote, so that another way may be gone. */
export async function removeWritten(landing: Landing): Promise<void> {
  const folder = localPath(landing.sink.prefix)
  const files = await readdir(folder).catch(() => [])
  for (const file of files) if (file.startsWith(landing.name)) rmSync(join(folder, file), { force: true })
}
