import { type Draft, fail, type Staged, type TableChange, type TableRef } from '@millrace/core'
import { toUri } from '../store/location.ts'
import { beginCommit, type Commit, putCommit } from './commit.ts'
import type { ManifestFile } from './manifest-list.ts'
import { mergeManifests } from './merge-manifests.ts'
import { emptyMetadata, withShape } from './metadata-change.ts'
import { dataOf, findCommit, readNotes, sameRowsAs, writeNotes } from './notes.ts'
import { storePosition } from './position-file.ts'
import { addFiles, nothing, removeFiles, tallyOf } from './snapshot-changes.ts'
import { type OpenTable, openTable, readLines, type Surroundings } from './table-files.ts'
import { countedTotals, summaryOf } from './totals.ts'
import { parseVersion } from './version.ts'

/** Writes everything of a change but the catalog's pointer. A change that the base has already is found, not repeated. */
export async function stageChange(around: Surroundings, draft: Draft, change: TableChange): Promise<Staged> {
  const base = draft.base === null ? newTable(around, draft) : await openTable(around, draft.base)
  if (findCommit(base.metadata, base.head, change.id) !== null)
    return { base: draft.base, next: base.ref, id: change.id }
  refuseOldVersion(base)
  const commit = beginCommit(around, base, withShape(base.metadata, draft.shape), change.at)
  const next = await putCommit(commit, await changeParts(commit, draft, change))
  return { base: draft.base, next, id: change.id }
}

function newTable(around: Surroundings, draft: Draft): OpenTable {
  const uuid = around.newId()
  const location = draft.sink.prefix.replace(/\/data$/, '')
  const ref: TableRef = { table: draft.table, uuid, format: 'iceberg', location, version: '' }
  return { ref, metadata: emptyMetadata(uuid, toUri(location)), head: null, file: null }
}

/** A version of the past has successors already: a commit goes onto a head, or onto a fork. */
function refuseOldVersion(base: OpenTable): void {
  if (base.file !== null && parseVersion(base.ref.version).snapshot !== null)
    fail('lake/moved', { table: base.ref.table })
}

async function changeParts(commit: Commit, draft: Draft, change: TableChange) {
  const { around, base } = commit
  const before = await readLines(around, base.head)
  const totals = await countedTotals(commit, base.head, async () => before)
  const { lines, removed } =
    change.remove === 'none'
      ? { lines: before, removed: nothing }
      : await removeFiles(commit, draft.table, before, change.remove)
  const fresh = await addFiles(commit, change.add.files)
  const all: readonly ManifestFile[] = await mergeManifests(commit, [...fresh, ...lines])
  const counts = summaryOf(icebergOperation(change), totals, { added: tallyOf(change.add.files), removed })
  const same = change.sameRows === true ? sameRowsAs(dataOf(base.metadata, base.head)) : {}
  const { id, made, progress } = change
  const known = readNotes(base.metadata, base.head).positionFile
  const file = await storePosition(commit, progress.position, known)
  const notes = writeNotes({ id, made, progress, ...(file === undefined ? {} : { positionFile: file }) })
  return { lines: all, summary: { ...counts, ...change.summary, ...notes, ...same } }
}

/** In Iceberg "replace" promises the same rows in other files; a table with new contents is an overwrite. */
function icebergOperation(change: TableChange): string {
  if (change.operation === 'replace') return 'overwrite'
  return change.operation === 'append' && change.remove !== 'none' ? 'overwrite' : change.operation
}
