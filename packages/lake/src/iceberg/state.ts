import { columnsOf, type Instant, type TableShape, type TableState, type Version } from '@millrace/core'
import { ancestry, currentSnapshot, type Snapshot, sortOrderOf, specOf, type TableMetadata } from './metadata.ts'
import { compressionOf } from './metadata-change.ts'
import { dataOf, readNotes } from './notes.ts'
import { loadPosition } from './position-file.ts'
import { fromSortOrder, fromSpec } from './spec.ts'
import { type OpenTable, readLines, type Surroundings } from './table-files.ts'
import { fieldsBySchema } from './table-types.ts'
import { countedTotals } from './totals.ts'

/** What is known of a version without opening its data files. */
export async function stateOf(around: Surroundings, table: OpenTable): Promise<TableState> {
  const { metadata, head, ref } = table
  const shape = currentShape(metadata)
  const totals = await countedTotals({ around, metadata }, head, () => readLines(around, head))
  return {
    ref,
    shape,
    columns: columnsOf(shape.fields),
    ...(await notesOf(around, table)),
    data: dataOf(metadata, head),
    rows: totals.rows,
    bytes: totals.bytes,
    files: totals.files,
    at: (head?.['timestamp-ms'] ?? metadata['last-updated-ms']) as Instant,
  }
}

/** The notes of a version with all of its position. */
async function notesOf(
  around: Surroundings,
  { metadata, head }: OpenTable,
): Promise<Pick<TableState, 'made' | 'progress' | 'positionFile'>> {
  const notes = readNotes(metadata, head)
  if (notes.positionFile === undefined) return notes
  return { ...notes, progress: { ...notes.progress, position: await loadPosition(around, notes.positionFile) } }
}

function currentShape(metadata: TableMetadata): TableShape {
  const schemaId = metadata['current-schema-id']
  const specId = metadata['default-spec-id']
  return {
    schemaId,
    fields: fieldsBySchema(metadata).get(schemaId) ?? [],
    specId,
    partition: fromSpec(specOf(metadata, specId)),
    sort: fromSortOrder(sortOrderOf(metadata)),
    compression: compressionOf(metadata),
  }
}

/** The versions that led to the current one, newest first. */
export function versionsOf(metadata: TableMetadata): readonly Version[] {
  return lineOf(metadata).map((one) => versionOf(metadata, one))
}

/** The snapshots that led to the current one, newest first. Where an expiry has left a gap, older ones still follow: they were
 * spared because somebody goes on from them. */
export function lineOf(metadata: TableMetadata): readonly Snapshot[] {
  const line = ancestry(metadata, currentSnapshot(metadata))
  const last = line.at(-1)
  if (last?.['parent-snapshot-id'] === undefined) return line
  const older = metadata.snapshots.filter((one) => one['sequence-number'] < last['sequence-number'])
  return [...line, ...older.toSorted((a, b) => b['sequence-number'] - a['sequence-number'])]
}

function versionOf(metadata: TableMetadata, snapshot: Snapshot): Version {
  const { summary } = snapshot
  const count = (key: string): number => Number(summary[key] ?? 0)
  return {
    id: String(snapshot['snapshot-id']),
    at: snapshot['timestamp-ms'] as Instant,
    operation: summary['operation'] ?? 'unknown',
    rows: count('total-records'),
    added: count('added-records'),
    removed: count('deleted-records'),
    data: dataOf(metadata, snapshot),
    summary,
  }
}
