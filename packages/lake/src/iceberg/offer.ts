import {
  type DataFile,
  fail,
  type Field,
  type FileGroup,
  type FilesScan,
  neutralFields,
  type Ranges,
  type TableName,
} from '@millrace/core'
import { toPath } from '../store/location.ts'
import { fromRecord, partitionValues, type ReadContext, columnStats } from './data-file.ts'
import { deleted, type Entry, type Manifest } from './manifest.ts'
import { dataContent, hasLiveFiles, type ManifestFile } from './manifest-list.ts'
import { specOf, type TableMetadata } from './metadata.ts'
import { type ColumnRange, columnRanges, manifestMatches, partitionMatches, statsMatch } from './prune.ts'
import { type OpenTable, readEntries, readLines, type Surroundings } from './table-files.ts'
import { fieldsBySchema, typedSpec } from './table-types.ts'
import { countedTotals } from './totals.ts'

/** The files of a version that may hold rows of the ranges, grouped by the schema they were written with. */
export async function offerFiles(
  around: Surroundings,
  name: TableName,
  table: OpenTable,
  ranges?: Ranges,
): Promise<FilesScan> {
  const { metadata, head } = table
  const schemas = fieldsBySchema(metadata)
  const fields = schemas.get(metadata['current-schema-id']) ?? []
  const lines = await readLines(around, head)
  refuseDeletes(lines, metadata)
  const wanted = columnRanges(ranges, fields)
  const files: DataFile[] = []
  for (const line of lines.filter((one) => mayMatch(one, metadata, wanted))) {
    const manifest = await readEntries(around, line, metadata)
    files.push(...matching(manifest, schemas.get(manifest.schema) ?? [], wanted))
  }
  const total = await countedTotals({ around, metadata }, head, async () => lines)
  return { via: 'files', table: name, fields: neutralFields(fields), groups: groupsOf(files, schemas), total }
}

/** Rows that delete files take away would come back if they were overlooked. */
function refuseDeletes(lines: readonly ManifestFile[], metadata: TableMetadata): void {
  if (lines.some((line) => line.content !== dataContent && hasLiveFiles(line)))
    fail('lake/unsupported', { path: toPath(metadata.location), what: 'delete files (merge-on-read)' })
}

function mayMatch(line: ManifestFile, metadata: TableMetadata, ranges: readonly ColumnRange[]): boolean {
  if (!hasLiveFiles(line)) return false
  return (
    ranges.length === 0 || manifestMatches(line.partitions, typedSpec(specOf(metadata, line.spec), metadata), ranges)
  )
}

function matching(
  { context, entries }: Manifest,
  fields: readonly Field[],
  ranges: readonly ColumnRange[],
): readonly DataFile[] {
  const live = entries.filter((entry) => entry.status !== deleted)
  const left = ranges.length === 0 ? live : live.filter((entry) => entryMatches(entry, context, fields, ranges))
  return left.map((entry) => fromRecord(entry.file, context))
}

function entryMatches(
  { file }: Entry,
  context: ReadContext,
  fields: readonly Field[],
  ranges: readonly ColumnRange[],
): boolean {
  const values = partitionValues(file, context.partition)
  if (!partitionMatches(values, context.partition, ranges)) return false
  const stats = Object.fromEntries(ranges.map(({ field }) => [field.id, columnStats(file, context, field.id)]))
  return statsMatch({ rows: Number(file['record_count']), stats }, fields, ranges)
}

function groupsOf(files: readonly DataFile[], schemas: ReturnType<typeof fieldsBySchema>): readonly FileGroup[] {
  const bySchema = Map.groupBy(files, (file) => file.schema)
  return [...bySchema].map(([schema, group]) => ({ fields: schemas.get(schema) ?? [], files: group }))
}
