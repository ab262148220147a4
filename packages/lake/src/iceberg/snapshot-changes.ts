import { textIn } from '../avro/access.ts'
import { type DataFile, fail, type TableName } from '@millrace/core'
import { toPath } from '../store/location.ts'
import { type Commit, putManifest } from './commit.ts'
import { toRecord } from './data-file.ts'
import { added, deleted, type Entry, existing, type Manifest } from './manifest.ts'
import { dataContent, hasLiveFiles, type ManifestFile } from './manifest-list.ts'
import { specOf } from './metadata.ts'
import { readEntries } from './table-files.ts'
import { fieldsBySchema, typedSpec } from './table-types.ts'

/** Files, rows and bytes that a commit adds or takes away. */
export interface Tally {
  readonly files: number
  readonly rows: number
  readonly bytes: number
}

export const nothing: Tally = { files: 0, rows: 0, bytes: 0 }

export const tallyOf = (files: readonly { readonly rows: number; readonly bytes: number }[]): Tally =>
  files.reduce<Tally>((sum, one) => plus(sum, { files: 1, rows: one.rows, bytes: one.bytes }), nothing)

const plus = (one: Tally, other: Tally): Tally => ({
  files: one.files + other.files,
  rows: one.rows + other.rows,
  bytes: one.bytes + other.bytes,
})

/** Writes manifests of new files: one for each schema and spec, because a manifest speaks of one of each. */
export async function addFiles(commit: Commit, files: readonly DataFile[]): Promise<readonly ManifestFile[]> {
  const schemas = fieldsBySchema(commit.metadata)
  const groups = Map.groupBy(files, (file) => `${file.spec}/${file.schema}`)
  const lines: ManifestFile[] = []
  for (const group of groups.values()) {
    const [first] = group
    if (first === undefined) continue
    const { spec, schema } = first
    const partition = typedSpec(specOf(commit.metadata, spec), commit.metadata)
    const entries = group.map((file) => newEntry(commit, toRecord(file, schemas.get(schema) ?? [], partition)))
    lines.push(await putManifest(commit, entries, { spec, schema, content: dataContent }))
  }
  return lines
}

const newEntry = (commit: Commit, file: Entry['file']): Entry => ({
  status: added,
  snapshot: commit.snapshot,
  sequence: null,
  fileSequence: null,
  file,
})

interface Removal {
  readonly lines: readonly ManifestFile[]
  readonly removed: Tally
}

/** Marks files as deleted: manifests that hold any of them are written anew, all others stay as they are.
 * A manifest in which earlier commits left nothing but deletions is no longer carried on. */
export async function removeFiles(
  commit: Commit,
  table: TableName,
  lines: readonly ManifestFile[],
  remove: 'all' | readonly DataFile[],
): Promise<Removal> {
  const wanted = remove === 'all' ? null : new Set(remove.map((file) => file.path))
  const gone = (entry: Entry): boolean => wanted === null || wanted.has(toPath(textIn(entry.file, 'file_path')))
  let removed = nothing
  const kept: ManifestFile[] = []
  for (const line of lines.filter(hasLiveFiles)) {
    // A delete file without the data it speaks of means nothing; among other data it stays.
    if (line.content !== dataContent) {
      if (wanted !== null) kept.push(line)
      continue
    }
    const manifest = await readEntries(commit.around, line, commit.metadata)
    const live = manifest.entries.filter((entry) => entry.status !== deleted)
    const leaving = live.filter(gone)
    removed = plus(removed, tallyOf(leaving.map(sizeOf)))
    kept.push(leaving.length === 0 ? line : await rewrite(commit, manifest, live, gone))
  }
  if (wanted !== null && removed.files < wanted.size) fail('lake/moved', { table })
  return { lines: kept, removed }
}

const sizeOf = (entry: Entry): { rows: number; bytes: number } => ({
  rows: Number(entry.file['record_count']),
  bytes: Number(entry.file['file_size_in_bytes']),
})

async function rewrite(
  commit: Commit,
  manifest: Manifest,
  live: readonly Entry[],
  gone: (entry: Entry) => boolean,
): Promise<ManifestFile> {
  const entries = live.map((entry) =>
    gone(entry) ? { ...entry, status: deleted, snapshot: commit.snapshot } : { ...entry, status: existing },
  )
  return await putManifest(commit, entries, {
    spec: manifest.context.spec,
    schema: manifest.schema,
    content: dataContent,
  })
}

/** The files of a table that are live, with their sizes: for summaries of tables whose writers left them out. */
export async function countFiles(
  commit: Pick<Commit, 'around' | 'metadata'>,
  lines: readonly ManifestFile[],
): Promise<Tally> {
  let total = nothing
  for (const line of lines.filter((one) => one.content === dataContent && hasLiveFiles(one))) {
    const { entries } = await readEntries(commit.around, line, commit.metadata)
    total = plus(total, tallyOf(entries.filter((entry) => entry.status !== deleted).map(sizeOf)))
  }
  return total
}
