import type { DataFile } from '@millrace/core'
import { fromRecord } from './data-file.ts'
import { deleted } from './manifest.ts'
import { dataContent, hasLiveFiles, type ManifestFile } from './manifest-list.ts'
import type { TableMetadata } from './metadata.ts'
import { readEntries, type Surroundings } from './table-files.ts'

/** Every data file that manifests hold. */
export async function liveFiles(
  around: Surroundings,
  metadata: TableMetadata,
  lines: readonly ManifestFile[],
): Promise<readonly DataFile[]> {
  const files: DataFile[] = []
  for (const line of lines.filter((one) => one.content === dataContent && hasLiveFiles(one))) {
    const { entries, context } = await readEntries(around, line, metadata)
    for (const entry of entries) if (entry.status !== deleted) files.push(fromRecord(entry.file, context))
  }
  return files
}
