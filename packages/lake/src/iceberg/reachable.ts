import { textIn } from '../avro/access.ts'
import type { TableRef } from '@millrace/core'
import { toPath } from '../store/location.ts'
import { deleted } from './manifest.ts'
import { forkMetadataKey } from './fork.ts'
import { positionKey } from './notes.ts'
import type { TableMetadata } from './metadata.ts'
import { readEntries, readLines, readMetadata, type Surroundings } from './table-files.ts'
import { parseVersion } from './version.ts'

interface Known {
  /** Files that this walk came by. */
  readonly seen: Set<string>
  /** Lists of which this walk or one before told everything below them. A walk that fails half way leaves out the one it was at. */
  readonly told: Set<string>
}

/** Every file that a version refers to and that is not known yet: metadata, lists, manifests, data, statistics. */
export async function* reachableFiles(
  around: Surroundings,
  { version }: TableRef,
  { seen, told }: Known,
): AsyncGenerator<string> {
  const { file } = parseVersion(version)
  const isNew = (location: string): boolean => {
    const path = toPath(location)
    const known = seen.has(path)
    seen.add(path)
    return !known
  }
  if (!isNew(file)) return
  yield toPath(file)
  const metadata = await readMetadata(around, file)
  for (const location of named(metadata)) if (isNew(location)) yield toPath(location)
  for (const snapshot of metadata.snapshots) {
    const list = toPath(snapshot['manifest-list'])
    if (told.has(list) || !isNew(list)) continue
    yield list
    for (const line of await readLines(around, snapshot)) {
      if (!isNew(line.path)) continue
      yield toPath(line.path)
      const { entries } = await readEntries(around, line, metadata)
      for (const { status, file: record } of entries) {
        const location = textIn(record, 'file_path')
        if (status !== deleted && isNew(location)) yield toPath(location)
      }
    }
    told.add(list)
  }
}

/** Files that the metadata itself names, beside the snapshots' lists: also those of long positions. A fork needs to know where it began. */
function named(metadata: TableMetadata): readonly string[] {
  const statistics = [...(metadata.statistics ?? []), ...(metadata['partition-statistics'] ?? [])]
  const origin = metadata.properties[forkMetadataKey]
  return [
    ...metadata['metadata-log'].map((one) => one['metadata-file']),
    ...statistics.map((one) => one['statistics-path']),
    ...metadata.snapshots.flatMap((one) => one.summary[positionKey] ?? []),
    ...(origin === undefined ? [] : [origin]),
  ]
}
