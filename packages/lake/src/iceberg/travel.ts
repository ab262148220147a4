import { fail, type Instant, type TableRef } from '@millrace/core'
import { type TableMetadata, snapshotOf } from './metadata.ts'
import { oldest } from './table-files.ts'
import { versionAt } from './version.ts'

/** The table as it stood at a version, or at the last one at or before an instant. */
export function versionOfTable(
  metadata: TableMetadata,
  ref: TableRef,
  when: { readonly version: string } | { readonly instant: Instant },
): TableRef {
  const id = 'version' in when ? namedSnapshot(metadata, when.version) : snapshotAt(metadata, when.instant)
  const wanted = 'version' in when ? when.version : new Date(when.instant).toISOString()
  if (id === null) fail('lake/no-version', { location: ref.location, wanted, oldest: oldest(metadata) })
  return { ...ref, version: versionAt(ref.version, id) }
}

function namedSnapshot(metadata: TableMetadata, version: string): bigint | null {
  return /^\d+$/.test(version) ? (snapshotOf(metadata, BigInt(version))?.['snapshot-id'] ?? null) : null
}

/** By the log and not by the snapshots' own times: one that was never current by itself is not seen. */
function snapshotAt(metadata: TableMetadata, instant: Instant): bigint | null {
  return metadata['snapshot-log'].findLast((entry) => entry['timestamp-ms'] <= instant)?.['snapshot-id'] ?? null
}
