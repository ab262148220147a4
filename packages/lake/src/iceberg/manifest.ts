import { fail, leavesOf } from '@millrace/core'
import { type AvroFile, readAvro, type UnpackedAvro, writeAvro } from '../avro/container.ts'
import { type AvroRecord, type AvroSchema, recordFields } from '../avro/schema.ts'
import { partitionAsNow, partitionValues } from './data-file.ts'
import type { ReadContext } from './data-file.ts'
import { summarize } from './field-summary.ts'
import type { ManifestFile } from './manifest-list.ts'
import { manifestSchema, type TypedPartitionField } from './manifest-schema.ts'
import { type IcebergSchema, specOf, type TableMetadata } from './metadata.ts'
import { fieldsBySchema, typedSpec } from './table-types.ts'

export const existing = 0
export const added = 1
export const deleted = 2

/** One line of a manifest. `file` stays the record as it was read, so that rewriting a manifest loses nothing. */
export interface Entry {
  readonly status: number
  readonly snapshot: bigint
  /** null: the sequence number of the snapshot that adds the manifest, whatever it will be. */
  readonly sequence: number | null
  readonly fileSequence: number | null
  readonly file: AvroRecord
}

export interface Manifest {
  readonly schema: number
  readonly context: ReadContext
  readonly entries: readonly Entry[]
}

/** A manifest's content; what its entries leave out they inherit from its line in the manifest list. */
export function readManifest(content: AvroFile, line: ManifestFile, metadata: TableMetadata): Manifest {
  const { header, schema: avro, records } = content
  const schema = schemaIdOf(header, metadata)
  const spec = specOf(metadata, line.spec)
  const partition = typedSpec(spec, metadata)
  const fields = fieldsBySchema(metadata).get(schema) ?? []
  const leaves = new Map(leavesOf(fields).map((leaf) => [leaf.field.id, leaf]))
  const context = { partition, leaves, spec: line.spec, schema }
  const names = partitionNamesOf(avro)
  return { schema, context, entries: records.map((record) => inherit(record, line, { partition, names })) }
}

export function unpackManifest(bytes: Uint8Array, path: string): UnpackedAvro {
  try {
    return readAvro(bytes)
  } catch (error) {
    fail('lake/corrupt', { path, problem: error instanceof Error ? error.message : 'not an Avro file' })
  }
}

/** Ours say it in a header of its own; foreign writers leave it in the schema's text; else the current schema. */
function schemaIdOf(header: Readonly<Record<string, string>>, metadata: TableMetadata): number {
  if (header['schema-id'] !== undefined) return Number(header['schema-id'])
  const text: { 'schema-id'?: unknown } = JSON.parse(header['schema'] ?? '{}')
  return typeof text['schema-id'] === 'number' ? text['schema-id'] : metadata['current-schema-id']
}

function partitionNamesOf(avro: AvroSchema): ReadonlyMap<number, string> {
  const fields = recordFields(typeOf(typeOf(avro, 'data_file'), 'partition'))
  return new Map(fields.map((field) => [field['field-id'] ?? -1, field.name]))
}

const typeOf = (schema: AvroSchema | undefined, name: string): AvroSchema | undefined =>
  recordFields(schema).find((field) => field.name === name)?.type

/** What a manifest's writer called the partition fields, by their ids. */
interface PartitionNames {
  readonly partition: readonly TypedPartitionField[]
  readonly names: ReadonlyMap<number, string>
}

function inherit(record: AvroRecord, line: ManifestFile, parts: PartitionNames): Entry {
  const status = Number(record['status'])
  const own = (name: string): number | null => (status === added ? line.sequence : numberOrNull(record[name]))
  const raw = record['data_file'] as AvroRecord
  const snapshot = record['snapshot_id']
  return {
    status,
    snapshot: snapshot === null || snapshot === undefined ? line.snapshot : BigInt(snapshot as number | bigint),
    sequence: numberOrNull(record['sequence_number']) ?? own('sequence_number'),
    fileSequence: numberOrNull(record['file_sequence_number']) ?? own('file_sequence_number'),
    file: { ...raw, content: raw['content'] ?? 0, partition: renamed(raw, parts) },
  }
}

const numberOrNull = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value))

/** The partition under the names and in the types that we write, so that a foreign record can be written again. */
function renamed(raw: AvroRecord, { partition, names }: PartitionNames): AvroRecord {
  const values = raw['partition'] as AvroRecord
  const entries = partition.map((field) => {
    return [field.avroName, partitionAsNow(field, values[names.get(field.id) ?? field.avroName] ?? null)]
  })
  return Object.fromEntries(entries) as AvroRecord
}

/** What a manifest is written under. */
interface ManifestTarget {
  readonly path: string
  readonly snapshot: bigint
  readonly sequence: number
  readonly spec: number
  readonly schema: IcebergSchema
  readonly metadata: TableMetadata
  readonly content: number
}

/** Writes a manifest; answers its bytes and its line for the manifest list. */
export function writeManifest(
  entries: readonly Entry[],
  target: ManifestTarget,
): { bytes: Buffer; line: ManifestFile } {
  const spec = specOf(target.metadata, target.spec)
  const partition = typedSpec(spec, target.metadata)
  if (partition.length !== spec.fields.length)
    fail('lake/unsupported', { path: target.path, what: `the partition transform of spec ${target.spec}` })
  const bytes = writeAvro({
    schema: manifestSchema(partition),
    header: headerOf(target, spec.fields),
    records: entries.map(toAvro),
  })
  return { bytes, line: { ...lineOf(entries, target, partition), length: bytes.length } }
}

function headerOf(target: ManifestTarget, specFields: unknown): Record<string, string> {
  return {
    schema: JSON.stringify(target.schema),
    'schema-id': String(target.schema['schema-id']),
    'partition-spec': JSON.stringify(specFields),
    'partition-spec-id': String(target.spec),
    'format-version': '2',
    content: target.content === 0 ? 'data' : 'deletes',
  }
}

function toAvro(entry: Entry): AvroRecord {
  return {
    status: entry.status,
    snapshot_id: entry.snapshot,
    sequence_number: entry.sequence,
    file_sequence_number: entry.fileSequence,
    data_file: entry.file,
  }
}

function lineOf(
  entries: readonly Entry[],
  target: ManifestTarget,
  partition: readonly TypedPartitionField[],
): Omit<ManifestFile, 'length'> {
  const live = entries.filter((entry) => entry.status !== deleted)
  return {
    path: target.path,
    spec: target.spec,
    content: target.content,
    sequence: target.sequence,
    minSequence: live.reduce((least, entry) => Math.min(least, entry.sequence ?? target.sequence), target.sequence),
    snapshot: target.snapshot,
    added: countOf(entries, added),
    existing: countOf(entries, existing),
    deleted: countOf(entries, deleted),
    partitions: summarize(
      entries.map((entry) => partitionValues(entry.file, partition)),
      partition,
    ),
    keyMetadata: null,
  }
}

function countOf(entries: readonly Entry[], status: number): { files: number; rows: number } {
  const these = entries.filter((entry) => entry.status === status)
  return { files: these.length, rows: these.reduce((sum, entry) => sum + Number(entry.file['record_count']), 0) }
}
