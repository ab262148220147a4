import { fail } from '@millrace/core'
import { parseJson, printJson } from './json.ts'

/** A table's metadata.json, as the Iceberg specification names things. What is not named here is kept as it came. */
export interface TableMetadata {
  readonly 'format-version': number
  readonly 'table-uuid': string
  readonly location: string
  readonly 'last-sequence-number': number
  readonly 'last-updated-ms': number
  readonly 'last-column-id': number
  readonly 'current-schema-id': number
  readonly schemas: readonly IcebergSchema[]
  readonly 'default-spec-id': number
  readonly 'partition-specs': readonly PartitionSpec[]
  readonly 'last-partition-id': number
  readonly 'default-sort-order-id': number
  readonly 'sort-orders': readonly SortOrder[]
  readonly properties: Readonly<Record<string, string>>
  readonly 'current-snapshot-id': bigint | null
  readonly refs: Readonly<Record<string, SnapshotRef>>
  readonly snapshots: readonly Snapshot[]
  readonly 'snapshot-log': readonly SnapshotLogEntry[]
  readonly 'metadata-log': readonly MetadataLogEntry[]
  readonly statistics?: readonly StatisticsFile[]
  readonly 'partition-statistics'?: readonly StatisticsFile[]
}

export interface IcebergSchema {
  readonly type: 'struct'
  readonly 'schema-id': number
  readonly 'identifier-field-ids'?: readonly number[]
  readonly fields: readonly IcebergField[]
}

export interface IcebergField {
  readonly id: number
  readonly name: string
  readonly required: boolean
  readonly type: IcebergType
  readonly doc?: string
}

export type IcebergType = string | IcebergStruct | IcebergList | IcebergMap

interface IcebergStruct {
  readonly type: 'struct'
  readonly fields: readonly IcebergField[]
}

interface IcebergList {
  readonly type: 'list'
  readonly 'element-id': number
  readonly element: IcebergType
  readonly 'element-required': boolean
}

interface IcebergMap {
  readonly type: 'map'
  readonly 'key-id': number
  readonly key: IcebergType
  readonly 'value-id': number
  readonly value: IcebergType
  readonly 'value-required': boolean
}

export interface PartitionSpec {
  readonly 'spec-id': number
  readonly fields: readonly SpecField[]
}

interface SpecField {
  readonly 'source-id': number
  readonly 'field-id': number
  readonly name: string
  readonly transform: string
}

export interface SortOrder {
  readonly 'order-id': number
  readonly fields: readonly SortOrderField[]
}

interface SortOrderField {
  readonly transform: string
  readonly 'source-id': number
  readonly direction: 'asc' | 'desc'
  readonly 'null-order': 'nulls-first' | 'nulls-last'
}

interface SnapshotRef {
  readonly 'snapshot-id': bigint
  readonly type: 'branch' | 'tag'
}

export interface Snapshot {
  readonly 'snapshot-id': bigint
  readonly 'parent-snapshot-id'?: bigint
  readonly 'sequence-number': number
  readonly 'timestamp-ms': number
  readonly 'manifest-list': string
  readonly summary: Readonly<Record<string, string>>
  readonly 'schema-id'?: number
}

interface SnapshotLogEntry {
  readonly 'snapshot-id': bigint
  readonly 'timestamp-ms': number
}

interface MetadataLogEntry {
  readonly 'metadata-file': string
  readonly 'timestamp-ms': number
}

interface StatisticsFile {
  readonly 'snapshot-id': bigint
  readonly 'statistics-path': string
}

const version = 2
const needed = [
  'table-uuid',
  'location',
  'schemas',
  'partition-specs',
  'last-sequence-number',
  'last-column-id',
] as const

/** Reads a metadata.json; fields that the specification makes optional are filled in. */
export function parseMetadata(text: string, path: string): TableMetadata {
  const raw = parseObject(text, path)
  if (raw['format-version'] !== version)
    fail('lake/unsupported', { path, what: `Iceberg format version ${String(raw['format-version'])}` })
  const missing = needed.find((key) => raw[key] === undefined)
  if (missing !== undefined) fail('lake/corrupt', { path, problem: `it has no "${missing}"` })
  const optional = {
    properties: {},
    snapshots: [],
    refs: {},
    'snapshot-log': [],
    'metadata-log': [],
    'sort-orders': [],
  }
  // A table without snapshots says -1, null or nothing.
  const head = raw['current-snapshot-id']
  const current = typeof head === 'bigint' && head >= 0n ? head : null
  return { ...optional, ...raw, 'current-snapshot-id': current } as unknown as TableMetadata
}

function parseObject(text: string, path: string): Record<string, unknown> {
  try {
    const raw = parseJson(text)
    if (typeof raw === 'object' && raw !== null) return raw as Record<string, unknown>
  } catch (error) {
    fail('lake/corrupt', { path, problem: error instanceof Error ? error.message : 'not JSON' })
  }
  fail('lake/corrupt', { path, problem: 'not a JSON object' })
}

export function printMetadata(metadata: TableMetadata): string {
  const { 'current-snapshot-id': head, ...rest } = metadata
  // Java's reader wants -1 and not null where there is no snapshot.
  return printJson({ ...rest, 'current-snapshot-id': head ?? -1 })
}

export function currentSnapshot(metadata: TableMetadata): Snapshot | null {
  return snapshotOf(metadata, metadata['current-snapshot-id'])
}

export function snapshotOf(metadata: TableMetadata, id: bigint | null | undefined): Snapshot | null {
  return metadata.snapshots.find((one) => one['snapshot-id'] === id) ?? null
}

export function schemaOf(metadata: TableMetadata, id: number): IcebergSchema {
  const found = metadata.schemas.find((one) => one['schema-id'] === id)
  return found ?? fail('lake/corrupt', { path: metadata.location, problem: `it has no schema ${id}` })
}

export function specOf(metadata: TableMetadata, id: number): PartitionSpec {
  const found = metadata['partition-specs'].find((one) => one['spec-id'] === id)
  return found ?? fail('lake/corrupt', { path: metadata.location, problem: `it has no partition spec ${id}` })
}

export function sortOrderOf(metadata: TableMetadata): SortOrder | null {
  return metadata['sort-orders'].find((one) => one['order-id'] === metadata['default-sort-order-id']) ?? null
}

/** The snapshot and those it came from, newest first, as far as they are kept. */
export function ancestry(metadata: TableMetadata, from: Snapshot | null): readonly Snapshot[] {
  const byId = new Map(metadata.snapshots.map((one) => [one['snapshot-id'], one]))
  const line: Snapshot[] = []
  for (let one = from; one !== null; one = byId.get(one['parent-snapshot-id'] ?? -1n) ?? null) line.push(one)
  return line
}
