import { type Issue, issue, type Staged, type TableRef } from '@millrace/core'
import { putCommit, type Commit } from './commit.ts'
import { printJson } from './json.ts'
import { nextMoment } from './metadata-change.ts'
import { findCommit, notesIn, reached } from './notes.ts'
import { nothing, type Tally } from './snapshot-changes.ts'
import { type OpenTable, openTable, readLines, type Surroundings } from './table-files.ts'
import { seenText } from './table-types.ts'
import { countedTotals, summaryOf } from './totals.ts'

/** Moves a staged append onto a newer head: only manifest list and metadata are written anew.
 *
 * An overwrite was computed from rows that may have changed, and progress that another writer has made in between makes
 * this one's claim wrong: in both cases the task runs again.
 */
export async function rebaseStaged(around: Surroundings, staged: Staged, onto: TableRef): Promise<Staged | Issue> {
  const mine = await openTable(around, staged.next)
  const before = staged.base === null ? null : await openTable(around, staged.base)
  const head = await openTable(around, onto)
  if (findCommit(head.metadata, head.head, staged.id) !== null) return { base: onto, next: onto, id: staged.id }
  const snapshot = mine.head
  if (snapshot === null || before === null || !canFollow(mine, before, head))
    return issue('lake/moved', { table: onto.table })
  const commit: Commit = {
    around,
    base: head,
    metadata: head.metadata,
    snapshot: snapshot['snapshot-id'],
    sequence: head.metadata['last-sequence-number'] + 1,
    at: nextMoment(head.metadata, snapshot['timestamp-ms']),
  }
  const lines = await readLines(around, head.head)
  const own = (await readLines(around, snapshot))
    .filter((line) => line.snapshot === commit.snapshot && line.added.files > 0)
    .map((line) => ({ ...line, sequence: commit.sequence, minSequence: commit.sequence }))
  const totals = await countedTotals(commit, head.head, async () => lines)
  const counts = summaryOf('append', totals, { added: addedBy(snapshot.summary), removed: nothing })
  const summary = { ...counts, ...notesIn(snapshot.summary), 'millrace.commit': staged.id }
  return { base: onto, next: await putCommit(commit, { lines: [...own, ...lines], summary }), id: staged.id }
}

function canFollow(mine: OpenTable, before: OpenTable, head: OpenTable): boolean {
  const shape = (table: OpenTable): string =>
    printJson([table.metadata['current-schema-id'], table.metadata['default-spec-id'], seenText(table.metadata)])
  const progress = (table: OpenTable): string => reached(table.metadata, table.head)
  return (
    mine.head?.summary['operation'] === 'append' &&
    mine.ref.uuid === head.ref.uuid &&
    shape(mine) === shape(before) &&
    shape(mine) === shape(head) &&
    progress(before) === progress(head)
  )
}

function addedBy(summary: Readonly<Record<string, string>>): Tally {
  const number = (key: string): number => Number(summary[key] ?? 0)
  return { files: number('added-data-files'), rows: number('added-records'), bytes: number('added-files-size') }
}
