import type { Instant, Staged, TableRef } from '@millrace/core'
import { putMetadata } from './commit.ts'
import { ancestry, type Snapshot, type TableMetadata } from './metadata.ts'
import { nextMoment } from './metadata-change.ts'
import { reachableFiles } from './reachable.ts'
import { type OpenTable, openTable, type Surroundings } from './table-files.ts'

export interface Keep {
  readonly versions: number
  readonly newerThan: Instant
}

/** Forgets old versions: beyond the newest `versions` of the main line, those not newer than `newerThan`. What tags and
 * branches point to stays. Files are only named, never deleted: other tables of the family may still refer to them. */
export async function expireSnapshots(
  around: Surroundings,
  head: TableRef,
  keep: Keep,
): Promise<{ staged: Staged | null; unreachable: readonly string[] }> {
  const base = await openTable(around, head)
  const kept = keptSnapshots(base, keep)
  if (kept.size === base.metadata.snapshots.length) return { staged: null, unreachable: [] }
  const next = await putMetadata(around, base, without(base.metadata, kept))
  const still = new Set<string>()
  for await (const path of reachableFiles(around, [next])) still.add(path)
  const unreachable: string[] = []
  for await (const path of reachableFiles(around, [head])) if (!still.has(path)) unreachable.push(path)
  return { staged: { base: head, next, id: `expire:${around.newId()}` }, unreachable }
}

function keptSnapshots(base: OpenTable, keep: Keep): ReadonlySet<bigint> {
  const line = ancestry(base.metadata, base.head)
  const newest = line.filter((one, at) => at < Math.max(1, keep.versions) || one['timestamp-ms'] > keep.newerThan)
  const named = Object.values(base.metadata.refs).map((ref) => ref['snapshot-id'])
  return new Set([...newest.map((one) => one['snapshot-id']), ...named])
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
