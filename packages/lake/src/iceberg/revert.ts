import { type DataFile, fail, type Instant, isDamage, type Staged, type TableRef } from '@millrace/core'
import { beginCommit, putCommit } from './commit.ts'
import { forkMetadataKey } from './fork.ts'
import { currentSnapshot, type TableMetadata } from './metadata.ts'
import type { ManifestFile } from './manifest-list.ts'
import { dataOf, notesIn, readNotes, sameRowsAs, writeNotes } from './notes.ts'
import { withShapesOf } from './shape-numbers.ts'
import { addFiles, nothing, removeFiles, tallyOf } from './snapshot-changes.ts'
import { liveFiles } from './live-files.ts'
import { oldest, type OpenTable, openTable, readLines, readMetadata, type Surroundings } from './table-files.ts'
import { countedTotals, summaryOf } from './totals.ts'

/** Makes the contents of an earlier version current again, as a commit on the head: the undone versions stay readable.
 *
 * The difference is written as removed and added files, so that incremental readers see the rollback as the change it is.
 * The earlier version may be one that the head's metadata has forgotten, or one from before the table was forked: its own
 * metadata still tells its files, and ids of fields mean the same on the whole line.
 *
 * A rollback is what mends a damaged head, so it needs nothing of it that may be lost: without the head's manifests all files of
 * the earlier version are written as added, and without its metadata the line goes on from that version.
 */
export async function revertTable(around: Surroundings, head: TableRef, to: TableRef, at: Instant): Promise<Staged> {
  const target = await openTable(around, to)
  const base = await openHead(around, head, target)
  if (!(await isEarlier(around, target, base.metadata)))
    fail('lake/no-version', {
      location: head.location,
      wanted: String(target.head?.['snapshot-id'] ?? to.version),
      oldest: oldest(base.metadata),
    })
  const id = `revert:${around.newId()}`
  const then = await liveFiles(around, target.metadata, await readLines(around, target.head))
  const { lines, files: now, isWhole } = await shownBy(around, base)
  const gone = without(now, then)
  const { metadata, files: back } = asOf(base.metadata, target.metadata, without(then, now))
  const commit = beginCommit(around, base, metadata, at)
  const totals = await countedTotals(commit, base.head, async () => lines)
  const all = isWhole ? nothing : totals
  const { lines: left, removed } =
    gone.length === 0 ? { lines, removed: all } : await removeFiles(commit, head.table, lines, gone)
  const counts = summaryOf('overwrite', totals, { added: tallyOf(back), removed })
  const summary = {
    ...counts,
    ...notesIn(target.head?.summary ?? {}),
    // A foreign version says nothing itself: without this, the undone versions would say how far the table has got.
    ...writeNotes({ id, ...readNotes(target.metadata, target.head) }),
    ...sameRowsAs(dataOf(target.metadata, target.head)),
    'millrace.reverted-to': String(target.head?.['snapshot-id'] ?? -1),
  }
  const next = await putCommit(commit, { lines: [...(await addFiles(commit, back)), ...left], summary })
  return { base: head, next, id }
}

async function openHead(around: Surroundings, head: TableRef, target: OpenTable): Promise<OpenTable> {
  try {
    return await openTable(around, head)
  } catch (error) {
    if (!isDamage(error) || target.metadata['table-uuid'] !== head.uuid || target.file === null) throw error
    return { ...target, ref: head }
  }
}

interface Shown {
  readonly lines: readonly ManifestFile[]
  readonly files: readonly DataFile[]
  readonly isWhole: boolean
}

/** What a head shows; nothing where its list or a manifest cannot be read. */
async function shownBy(around: Surroundings, { head, metadata }: OpenTable): Promise<Shown> {
  try {
    const lines = await readLines(around, head)
    return { lines, files: await liveFiles(around, metadata, lines), isWhole: true }
  } catch (error) {
    if (!isDamage(error)) throw error
    return { lines: [], files: [], isWhole: false }
  }
}

function without(files: readonly DataFile[], others: readonly DataFile[]): readonly DataFile[] {
  const paths = new Set(others.map((one) => one.path))
  return files.filter((one) => !paths.has(one.path))
}

/** Whether a version lies on the line that led to this table: its own, or that of the table it was forked from, up to there. */
async function isEarlier(around: Surroundings, target: OpenTable, line: TableMetadata): Promise<boolean> {
  const reached = currentSnapshot(line)?.['sequence-number'] ?? 0
  if (target.metadata['table-uuid'] === line['table-uuid']) return (target.head?.['sequence-number'] ?? 0) <= reached
  const origin = line.properties[forkMetadataKey]
  return origin !== undefined && (await isEarlier(around, target, await readMetadata(around, origin)))
}

/** The schema of that time, and files under the numbers that their schemas and specs have here: a number alone may mean another
 * one. The counters stay: no field id is ever given twice. */
function asOf(
  metadata: TableMetadata,
  target: TableMetadata,
  files: readonly DataFile[],
): { readonly metadata: TableMetadata; readonly files: readonly DataFile[] } {
  const current = target['current-schema-id']
  const wanted = {
    schemas: new Set([current, ...files.map((file) => file.schema)]),
    specs: new Set(files.map((file) => file.spec)),
  }
  const { metadata: both, numbers } = withShapesOf(metadata, {
    ...target,
    schemas: target.schemas.filter((one) => wanted.schemas.has(one['schema-id'])),
    'partition-specs': target['partition-specs'].filter((one) => wanted.specs.has(one['spec-id'])),
    'sort-orders': [],
  })
  const { schemas, specs } = numbers
  return {
    metadata: { ...both, 'current-schema-id': schemas.get(current) ?? current },
    files: files.map((file) => ({
      ...file,
      schema: schemas.get(file.schema) ?? file.schema,
      spec: specs.get(file.spec) ?? file.spec,
    })),
  }
}
