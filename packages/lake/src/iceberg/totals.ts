import type { Dict } from '@millrace/core'
import type { ManifestFile } from './manifest-list.ts'
import type { Snapshot } from './metadata.ts'
import type { Commit } from './commit.ts'
import { countFiles, nothing, type Tally } from './snapshot-changes.ts'

/** What a table holds at a snapshot, by its summary; null where the writer left that out. */
function totalsOf(snapshot: Snapshot | null): Tally | null {
  if (snapshot === null) return nothing
  const number = (key: string): number => Number(snapshot.summary[key] ?? Number.NaN)
  const total = { files: number('total-data-files'), rows: number('total-records'), bytes: number('total-files-size') }
  return Object.values(total).every(Number.isFinite) ? total : null
}

/** Totals from the summary, else counted from the manifests. */
export async function countedTotals(
  of: Pick<Commit, 'around' | 'metadata'>,
  snapshot: Snapshot | null,
  lines: () => Promise<readonly ManifestFile[]>,
): Promise<Tally> {
  return totalsOf(snapshot) ?? (await countFiles(of, await lines()))
}

/** The counts that every reader expects of a snapshot's summary. */
export function summaryOf(operation: string, before: Tally, change: { added: Tally; removed: Tally }): Dict<string> {
  const { added, removed } = change
  return {
    operation,
    'added-data-files': String(added.files),
    'added-records': String(added.rows),
    'added-files-size': String(added.bytes),
    'deleted-data-files': String(removed.files),
    'deleted-records': String(removed.rows),
    'removed-files-size': String(removed.bytes),
    'total-data-files': String(before.files + added.files - removed.files),
    'total-records': String(before.rows + added.rows - removed.rows),
    'total-files-size': String(before.bytes + added.bytes - removed.bytes),
    'total-delete-files': '0',
    'total-position-deletes': '0',
    'total-equality-deletes': '0',
  }
}
