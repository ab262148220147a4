import { fail, type ObjectStore, type TableRef } from '@millrace/core'
import { toPath } from '../store/location.ts'
import { presentFork } from './fork.ts'
import type { UnpackedAvro } from '../avro/container.ts'
import { type Manifest, readManifest, unpackManifest } from './manifest.ts'
import { type ManifestFile, readManifestList } from './manifest-list.ts'
import { currentSnapshot, parseMetadata, type Snapshot, snapshotOf, type TableMetadata } from './metadata.ts'
import { RecentFiles } from './recent-files.ts'
import { parseVersion } from './version.ts'

/** A named place in a commit where tests stop it. */
export type Failpoint = (name: string) => void | Promise<void>

/** What reading and writing a table's metadata needs from outside. */
export interface Surroundings {
  readonly store: ObjectStore
  /** A unique text, for names and snapshot ids. */
  readonly newId: () => string
  readonly failpoint: Failpoint
  /** Metadata by its file. */
  readonly metadata: RecentFiles<TableMetadata>
  /** Manifests by their files. */
  readonly manifests: RecentFiles<UnpackedAvro>
}

const mostTables = 64
/** Entries of some twenty thousand files with few columns: one of a thousand columns takes as much as twenty of those. */
const mostManifestBytes = 32_000_000

export const caches = (): Pick<Surroundings, 'metadata' | 'manifests'> => ({
  metadata: new RecentFiles(mostTables),
  manifests: new RecentFiles(mostManifestBytes, ({ weight }) => weight),
})

/** A version of a table, opened. */
export interface OpenTable {
  readonly ref: TableRef
  readonly metadata: TableMetadata
  readonly head: Snapshot | null
  /** The metadata file that the next one follows; null for a fork that has none of its own yet. */
  readonly file: string | null
}

export async function openTable(around: Surroundings, ref: TableRef): Promise<OpenTable> {
  const { file, snapshot } = parseVersion(ref.version)
  const stored = await readMetadata(around, file)
  const metadata = snapshot === null ? stored : standingAt(stored, snapshot)
  if (ref.foreign === true)
    return { ref: { ...ref, uuid: metadata['table-uuid'] }, metadata, head: currentSnapshot(metadata), file }
  refuseOtherVersion(stored, file)
  const shown = metadata['table-uuid'] === ref.uuid ? metadata : presentFork(metadata, ref, file)
  return { ref, metadata: shown, head: currentSnapshot(shown), file: shown === metadata ? file : null }
}

/** Metadata files are numbered, and each names the one before: another one in its place would show other rows. Names that other
 * programs gave tell nothing. */
function refuseOtherVersion({ 'metadata-log': log }: TableMetadata, file: string): void {
  const last = log.at(-1)
  const before = last === undefined ? -1 : numberOf(last['metadata-file'])
  const own = numberOf(file)
  if (own !== null && before !== null && own !== before + 1)
    fail('lake/corrupt', { path: file, problem: 'it holds another version of the table' })
}

function numberOf(file: string): number | null {
  const digits = /\/(\d+)-[\da-f-]{36}\.metadata\.json$/.exec(file)?.[1]
  return digits === undefined ? null : Number(digits)
}

export async function readMetadata(around: Surroundings, file: string): Promise<TableMetadata> {
  const known = around.metadata.get(file)
  if (known !== undefined) return known
  const metadata = parseMetadata(await readText(around, file), file)
  around.metadata.keep(file, metadata)
  return metadata
}

async function readText(around: Surroundings, file: string): Promise<string> {
  return Buffer.from(await readBytes(around, file)).toString('utf8')
}

/** A file that the table needs; its absence means that the table is damaged. */
export async function readBytes(
  around: Pick<Surroundings, 'store'>,
  file: string,
  range?: readonly [start: number, end: number],
): Promise<Uint8Array> {
  try {
    return await around.store.get(toPath(file), range)
  } catch (error) {
    const problem = error instanceof Error && 'code' in error ? notFiles.get(error.code) : undefined
    if (problem !== undefined) fail('lake/corrupt', { path: file, problem })
    throw error
  }
}

/** What the system says where no file is in the place of one. */
const notFiles: ReadonlyMap<unknown, string> = new Map([
  ['ENOENT', 'it is not there'],
  ['ENOTDIR', 'it is not there'],
  ['EISDIR', 'it is a folder'],
])

/** The table as it was: an older snapshot and the schema of its time. */
function standingAt(metadata: TableMetadata, id: bigint): TableMetadata {
  const snapshot = snapshotOf(metadata, id)
  if (snapshot === null)
    fail('lake/no-version', { location: metadata.location, wanted: String(id), oldest: oldest(metadata) })
  const schema = snapshot['schema-id'] ?? metadata['current-schema-id']
  return { ...metadata, 'current-snapshot-id': id, 'current-schema-id': schema }
}

export const oldest = (metadata: TableMetadata): string => String(metadata.snapshots[0]?.['snapshot-id'] ?? 'none')

export async function readLines(around: Surroundings, snapshot: Snapshot | null): Promise<readonly ManifestFile[]> {
  if (snapshot === null) return []
  const file = snapshot['manifest-list']
  return readManifestList(await readBytes(around, file), file, snapshot['snapshot-id'])
}

export async function readEntries(
  around: Surroundings,
  line: ManifestFile,
  metadata: TableMetadata,
): Promise<Manifest> {
  const known = around.manifests.get(line.path)
  if (known !== undefined) return readManifest(known, line, metadata)
  const bytes = await readBytes(around, line.path)
  // A writer that leaves the length out says nothing of it.
  if (line.length > 0 && bytes.length !== line.length)
    fail('lake/corrupt', {
      path: line.path,
      problem: `it has ${bytes.length} bytes, and was written with ${line.length}`,
    })
  const content = unpackManifest(bytes, line.path)
  around.manifests.keep(line.path, content)
  return readManifest(content, line, metadata)
}
