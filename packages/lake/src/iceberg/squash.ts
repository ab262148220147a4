import { textIn } from '../avro/access.ts'
import type { Advanced, Instant, Issue, WentOn } from '@millrace/core'
import { toPath } from '../store/location.ts'
import { beginCommit, type Commit, putCommit, putManifest } from './commit.ts'
import { fromRecord } from './data-file.ts'
import { added, deleted, type Entry } from './manifest.ts'
import { dataContent, hasLiveFiles, type ManifestFile } from './manifest-list.ts'
import { currentSnapshot, type TableMetadata } from './metadata.ts'
import { dataOf, notesIn, reached, sameRowsAs } from './notes.ts'
import { advanceId, diverged, withShapeOf } from './promotion.ts'
import type { ShapeNumbers } from './shape-numbers.ts'
import { nothing, removeFiles, tallyOf } from './snapshot-changes.ts'
import { type OpenTable, readEntries, readLines, type Surroundings } from './table-files.ts'
import { countedTotals, summaryOf } from './totals.ts'

interface Squash {
  readonly fork: OpenTable
  /** The table as it stood when the fork began. */
  readonly began: TableMetadata
  readonly at: Instant
  readonly wentOn: WentOn | undefined
}

interface Located extends Entry {
  readonly spec: number
  readonly schema: number
  readonly size: { readonly path: string; readonly rows: number; readonly bytes: number }
}

/** Brings a fork's net change onto a target that has gone on, as one snapshot of new manifests.
 *
 * Making the fork's last snapshot a child of the target's head would be no squash: incremental readers would look for
 * snapshots that are not there and silently see a part of the rows. Files keep their data sequence numbers.
 *
 * Where the fork replaces what the target's runs have made, the net change is what leads from the target's files to the fork's.
 */
export async function squashOnto(around: Surroundings, into: OpenTable, squash: Squash): Promise<Advanced | Issue> {
  const { fork, began, at, wentOn } = squash
  const head = currentSnapshot(began)
  const moved = reached(into.metadata, into.head) !== reached(began, head)
  if (moved && wentOn === undefined) return diverged(into.ref, 'its own runs have gone on')
  const after = await located(around, fork.metadata, await readLines(around, fork.head))
  const lines = await readLines(around, into.head)
  const present = await located(around, into.metadata, lines)
  const before = wentOn === 'replace' ? present : await located(around, began, await readLines(around, head))
  const fresh = [...after.values()].filter((entry) => !before.has(entry.size.path))
  const gone = [...before.values()].filter((entry) => !after.has(entry.size.path))
  if (gone.some((entry) => !present.has(entry.size.path))) return diverged(into.ref, 'rows that both changed')
  const { metadata, numbers } = withShapeOf(into.metadata, fork.metadata)
  const begun = beginCommit(around, into, metadata, at)
  const commit = { ...begun, sequence: Math.max(begun.sequence, fork.metadata['last-sequence-number']) }
  const files = gone.map((entry) => fromRecord(entry.file, contextOf(entry)))
  const { lines: kept, removed } =
    files.length === 0 ? { lines, removed: nothing } : await removeFiles(commit, into.ref.table, lines, files)
  const totals = await countedTotals(begun, into.head, async () => lines)
  const operation = gone.length === 0 ? 'append' : 'overwrite'
  const counts = summaryOf(operation, totals, { added: tallyOf(fresh.map((entry) => entry.size)), removed })
  const id = advanceId(fork.head?.['snapshot-id'])
  // What read the fork has read these rows, where the target has brought none of its own.
  const isFork = [...present.keys()].every((path) => before.has(path))
  const same = isFork ? sameRowsAs(dataOf(fork.metadata, fork.head)) : {}
  const summary = { ...counts, ...notesIn(fork.head?.summary ?? {}), 'millrace.commit': id, ...same }
  const next = await putCommit(commit, { lines: [...(await addEntries(commit, fresh, numbers)), ...kept], summary })
  return { base: into.ref, next, id, how: 'squash' }
}

/** For removal only the path counts. */
const contextOf = (entry: Located): Parameters<typeof fromRecord>[1] => ({
  partition: [],
  leaves: new Map(),
  spec: entry.spec,
  schema: entry.schema,
})

async function located(
  around: Surroundings,
  metadata: TableMetadata,
  lines: readonly ManifestFile[],
): Promise<ReadonlyMap<string, Located>> {
  const found = new Map<string, Located>()
  for (const line of lines.filter((one) => one.content === dataContent && hasLiveFiles(one))) {
    const { entries, context } = await readEntries(around, line, metadata)
    for (const entry of entries.filter((one) => one.status !== deleted)) {
      const { file } = entry
      const path = toPath(textIn(file, 'file_path'))
      const size = { path, rows: Number(file['record_count']), bytes: Number(file['file_size_in_bytes']) }
      found.set(path, { ...entry, spec: context.spec, schema: context.schema, size })
    }
  }
  return found
}

async function addEntries(
  commit: Commit,
  entries: readonly Located[],
  numbers: ShapeNumbers,
): Promise<readonly ManifestFile[]> {
  const lines: ManifestFile[] = []
  for (const group of Map.groupBy(entries, (entry) => `${entry.spec}/${entry.schema}`).values()) {
    const [first] = group
    if (first === undefined) continue
    const renewed = group.map((entry) => ({
      ...entry,
      status: added,
      snapshot: commit.snapshot,
      fileSequence: null,
      file: reordered(entry.file, numbers),
    }))
    const schema = numbers.schemas.get(first.schema) ?? first.schema
    const spec = numbers.specs.get(first.spec) ?? first.spec
    lines.push(await putManifest(commit, renewed, { spec, schema, content: dataContent }))
  }
  return lines
}

/** Other programs say of a file in which order its rows lie. */
function reordered(file: Entry['file'], { orders }: ShapeNumbers): Entry['file'] {
  const order = file['sort_order_id']
  return typeof order === 'number' ? { ...file, sort_order_id: orders.get(order) ?? order } : file
}
