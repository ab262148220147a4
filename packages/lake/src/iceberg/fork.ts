import { createHash } from 'node:crypto'
import { fail, type TableRef } from '@millrace/core'
import { toUri } from '../store/location.ts'
import { currentSnapshot, type TableMetadata } from './metadata.ts'

/*
 * Forks: how environments share files without sharing a history.
 *
 * - One uuid is one location and one linear history. A scope that writes to its base's table writes to a fork.
 * - The fork is shown before it exists: uuid and location are fixed by scope, base and generation; nothing is written
 *   until its first commit, which writes the fork's first metadata file.
 * - It is shallow: the head snapshot and all schemas, specs, orders and counters; older versions are asked of the base.
 * - Counters (sequence number, column and partition ids) go on from the base's, so that the fork can be promoted.
 * - A discarded fork bumps the scope's generation: its uuid is never used for another history.
 */
export const forkUuidKey = 'millrace.fork-of.uuid'
export const forkSnapshotKey = 'millrace.fork-of.snapshot'
export const forkMetadataKey = 'millrace.fork-of.metadata'

/** Properties that would send the fork's files into its base's folders. */
const pathProperties = new Set([
  'write.metadata.path',
  'write.data.path',
  'write.object-storage.path',
  'write.folder-storage.path',
])

interface Scope {
  readonly name: string
  readonly generation: number
}

export function forkRef(ref: TableRef, scope: Scope, location: string): TableRef {
  const uuid = hashedUuid([scope.name, ref.uuid, ref.table, String(scope.generation)])
  return {
    table: ref.table,
    uuid,
    format: ref.format,
    location,
    version: ref.version,
    forkOf: { uuid: ref.uuid, version: ref.version },
  }
}

/** A name-based uuid (version 8: ours to define). */
function hashedUuid(parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}

/** The base's metadata as the fork that `ref` names would have it. `file` is where the base's lies. */
export function presentFork(base: TableMetadata, ref: TableRef, file: string): TableMetadata {
  if (ref.forkOf === undefined || ref.forkOf.uuid !== base['table-uuid'])
    fail('lake/corrupt', { path: file, problem: `it holds the table ${base['table-uuid']} and not ${ref.uuid}` })
  const head = currentSnapshot(base)
  const isHead = (one: { readonly 'snapshot-id': bigint }): boolean => one['snapshot-id'] === head?.['snapshot-id']
  return {
    ...base,
    'table-uuid': ref.uuid,
    location: toUri(ref.location),
    snapshots: base.snapshots.filter(isHead),
    refs: head === null ? {} : { main: { 'snapshot-id': head['snapshot-id'], type: 'branch' } },
    'snapshot-log': base['snapshot-log'].filter(isHead).slice(-1),
    'metadata-log': [],
    statistics: base.statistics?.filter(isHead) ?? [],
    'partition-statistics': base['partition-statistics']?.filter(isHead) ?? [],
    properties: forkProperties(base, file),
  }
}

function forkProperties(base: TableMetadata, file: string): Record<string, string> {
  const kept = Object.entries(base.properties).filter(([key]) => !pathProperties.has(key))
  return {
    ...Object.fromEntries(kept),
    'gc.enabled': 'false',
    [forkUuidKey]: base['table-uuid'],
    [forkSnapshotKey]: String(base['current-snapshot-id'] ?? -1),
    [forkMetadataKey]: file,
  }
}
