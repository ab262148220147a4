import { createHash } from 'node:crypto'
import type { TableRef } from '@millrace/core'
import { toPath, toUri } from '../store/location.ts'
import { type Entry, writeManifest } from './manifest.ts'
import { type ManifestFile, writeManifestList } from './manifest-list.ts'
import { printMetadata, schemaOf, type Snapshot, type TableMetadata } from './metadata.ts'
import { following, nextMoment, withSnapshots } from './metadata-change.ts'
import type { OpenTable, Surroundings } from './table-files.ts'

/*
 * Writing a commit's files.
 *
 * - Order: manifests, manifest list, metadata. Each names only files that are durable already.
 * - Every file has a unique name and is never replaced. Nothing names the metadata file until the catalog publishes it,
 *   so that a commit which stops anywhere leaves orphans and changes nothing.
 * - The sequence number is the table's next; entries of new files leave theirs out and inherit it from the list, which is
 *   why an append can be moved onto a newer head by writing list and metadata anew.
 * - Time never goes back: a snapshot is later than the table's last update, whatever the clock says.
 * - Failpoints stand before and after each file.
 */

/** A commit in the making. `metadata` is what it builds on, already in its new shape. */
export interface Commit {
  readonly around: Surroundings
  readonly base: OpenTable
  readonly metadata: TableMetadata
  readonly snapshot: bigint
  readonly sequence: number
  readonly at: number
}

export function beginCommit(around: Surroundings, base: OpenTable, metadata: TableMetadata, at: number): Commit {
  return {
    around,
    base,
    metadata,
    snapshot: newSnapshotId(around),
    sequence: metadata['last-sequence-number'] + 1,
    at: nextMoment(metadata, at),
  }
}

/** 63 random bits. */
function newSnapshotId(around: Surroundings): bigint {
  const hash = createHash('sha256').update(around.newId()).digest()
  return hash.readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn
}

const folderOf = (commit: Commit): string => `${toPath(commit.metadata.location)}/metadata`

export async function putManifest(
  commit: Commit,
  entries: readonly Entry[],
  of: { readonly spec: number; readonly schema: number; readonly content: number },
): Promise<ManifestFile> {
  const path = `${folderOf(commit)}/${commit.around.newId()}-m0.avro`
  const { bytes, line } = writeManifest(entries, {
    path: toUri(path),
    snapshot: commit.snapshot,
    sequence: commit.sequence,
    spec: of.spec,
    schema: schemaOf(commit.metadata, of.schema),
    metadata: commit.metadata,
    content: of.content,
  })
  await putStep(commit.around, 'manifest', path, bytes)
  return line
}

interface SnapshotParts {
  readonly lines: readonly ManifestFile[]
  readonly summary: Readonly<Record<string, string>>
}

/** Writes the manifest list and answers the snapshot. */
async function putSnapshot(commit: Commit, parts: SnapshotParts): Promise<Snapshot> {
  const path = `${folderOf(commit)}/snap-${commit.snapshot}-1-${commit.around.newId()}.avro`
  const parent = commit.metadata['current-snapshot-id']
  const header = { snapshot: commit.snapshot, parent, sequence: commit.sequence }
  await putStep(commit.around, 'list', path, writeManifestList(parts.lines, header))
  return {
    'snapshot-id': commit.snapshot,
    ...(parent === null ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': commit.sequence,
    'timestamp-ms': commit.at,
    'manifest-list': toUri(path),
    summary: parts.summary,
    'schema-id': commit.metadata['current-schema-id'],
  }
}

/** Writes the metadata file with a new head and answers the table as it will be once published. */
export async function putCommit(commit: Commit, parts: SnapshotParts): Promise<TableRef> {
  const snapshot = await putSnapshot(commit, parts)
  return await putMetadata(commit.around, commit.base, withSnapshots(commit.metadata, [snapshot]))
}

export async function putMetadata(around: Surroundings, base: OpenTable, next: TableMetadata): Promise<TableRef> {
  const metadata = following(next, { file: base.file, updatedMs: base.metadata['last-updated-ms'] })
  const number = base.file === null ? 0 : Number(/(\d+)-[^/]*$/.exec(base.file)?.[1] ?? 0) + 1
  const name = `${String(number).padStart(5, '0')}-${around.newId()}.metadata.json`
  const path = `${toPath(metadata.location)}/metadata/${name}`
  await putStep(around, 'metadata', path, Buffer.from(printMetadata(metadata), 'utf8'))
  around.metadata.keep(toUri(path), metadata)
  return { ...base.ref, version: toUri(path) }
}

export async function putStep(around: Surroundings, step: string, path: string, bytes: Uint8Array): Promise<void> {
  await around.failpoint(`${step}:before`)
  await around.store.put(path, bytes)
  await around.failpoint(`${step}:after`)
}
