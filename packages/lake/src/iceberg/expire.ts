// Forgetting old versions of a table. Invariants:
// 1. Only metadata is written: files are named by other versions and by forks, and are left to clean-up.
// 2. What tags and branches point to stays, and so does the newest version of all rows that somebody goes on from.
// 3. A foreign head inherits its notes (made by what, how far) from the versions before it: those stay down to the first that
//    has notes of its own. Without them a source would land all of its files again.
import type { KeepVersions, Staged, TableRef } from '@millrace/core'
import { putMetadata } from './commit.ts'
import { ancestry, type Snapshot, type TableMetadata } from './metadata.ts'
import { nextMoment } from './metadata-change.ts'
import { dataOf, hasNotes } from './notes.ts'
import { type OpenTable, openTable, type Surroundings } from './table-files.ts'
import { lineOf } from './state.ts'

export async function expireSnapshots(
  around: Surroundings,
  head: TableRef,
  keep: KeepVersions,
): Promise<Staged | null> {
  const base = await openTable(around, head)
  const kept = keptSnapshots(base, keep)
  if (kept.size === base.metadata.snapshots.length) return null
  const next = await putMetadata(around, base, without(base.metadata, kept))
  return { base: head, next, id: `expire:${around.newId()}` }
}

function keptSnapshots({ metadata, head }: OpenTable, keep: KeepVersions): ReadonlySet<bigint> {
  const line = lineOf(metadata)
  const newest = line.filter((one, at) => at < Math.max(1, keep.versions) || one['timestamp-ms'] > keep.newerThan)
  const named = Object.values(metadata.refs).map((ref) => ref['snapshot-id'])
  const kept = [...newest, ...noted(metadata, head), ...readByOthers(metadata, line, keep.read)]
  return new Set([...kept.map((one) => one['snapshot-id']), ...named])
}

/** From the head down to the version that says what the head does not say itself. */
function noted(metadata: TableMetadata, head: Snapshot | null): readonly Snapshot[] {
  const line = ancestry(metadata, head)
  return line.slice(0, line.findIndex(hasNotes) + 1)
}

function readByOthers(
  metadata: TableMetadata,
  line: readonly Snapshot[],
  read: ReadonlySet<string> = new Set(),
): readonly Snapshot[] {
  const left = new Set(read)
  // Newest first: it shows the rows in the files that later versions are compared with.
  return line.filter((one) => left.delete(dataOf(metadata, one)))
}

function without(metadata: TableMetadata, kept: ReadonlySet<bigint>): TableMetadata {
  const stays = (one: Pick<Snapshot, 'snapshot-id'>): boolean => kept.has(one['snapshot-id'])
  // The log may not skip: it begins anew after the last snapshot that went.
  const lastGone = metadata['snapshot-log'].findLastIndex((entry) => !stays(entry))
  return {
    ...metadata,
    'last-updated-ms': nextMoment(metadata, 0),
    snapshots: metadata.snapshots.filter(stays),
    'snapshot-log': metadata['snapshot-log'].slice(lastGone + 1),
    statistics: metadata.statistics?.filter(stays) ?? [],
    'partition-statistics': metadata['partition-statistics']?.filter(stays) ?? [],
  }
}
