import { fail, type Instant, type Staged, type TableRef } from '@millrace/core'
import { beginCommit, putCommit } from './commit.ts'
import { snapshotOf, type TableMetadata } from './metadata.ts'
import { dataOf, notesIn, sameRowsAs } from './notes.ts'
import { addFiles, nothing, removeFiles, tallyOf } from './snapshot-changes.ts'
import { liveFiles } from './live-files.ts'
import { openTable, readLines, type Surroundings } from './table-files.ts'
import { countedTotals, summaryOf } from './totals.ts'

/** Makes the contents of an earlier version current again, as a commit on the head: the undone versions stay readable.
 *
 * The difference is written as removed and added files, so that incremental readers see the rollback as the change it is.
 */
export async function revertTable(around: Surroundings, head: TableRef, to: TableRef, at: Instant): Promise<Staged> {
  const base = await openTable(around, head)
  const target = await openTable(around, to)
  const id = `revert:${around.newId()}`
  const kept = snapshotOf(base.metadata, target.head?.['snapshot-id'])
  if (target.head !== null && kept === null)
    fail('lake/no-version', { location: head.location, wanted: String(target.head['snapshot-id']), oldest: 'newer' })
  const commit = beginCommit(around, base, schemaAsOf(base.metadata, target.metadata), at)
  const [lines, targetLines] = [await readLines(around, base.head), await readLines(around, kept)]
  const now = await liveFiles(around, base.metadata, lines)
  const then = await liveFiles(around, base.metadata, targetLines)
  const gone = now.filter((file) => !then.some((one) => one.path === file.path))
  const back = then.filter((file) => !now.some((one) => one.path === file.path))
  const totals = await countedTotals(commit, base.head, async () => lines)
  const { lines: left, removed } =
    gone.length === 0 ? { lines, removed: nothing } : await removeFiles(commit, head.table, lines, gone)
  const counts = summaryOf('overwrite', totals, { added: tallyOf(back), removed })
  const notes = kept === null ? {} : notesIn(kept.summary)
  const summary = {
    ...counts,
    ...notes,
    ...sameRowsAs(dataOf(base.metadata, kept)),
    'millrace.commit': id,
    'millrace.reverted-to': String(kept?.['snapshot-id'] ?? -1),
  }
  const next = await putCommit(commit, { lines: [...(await addFiles(commit, back)), ...left], summary })
  return { base: head, next, id }
}

/** The schema of that time. The counters stay: no field id is ever given twice. */
function schemaAsOf(metadata: TableMetadata, target: TableMetadata): TableMetadata {
  const known = metadata.schemas.some((one) => one['schema-id'] === target['current-schema-id'])
  return known ? { ...metadata, 'current-schema-id': target['current-schema-id'] } : metadata
}
