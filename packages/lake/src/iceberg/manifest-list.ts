import { textIn } from '../avro/access.ts'
import { fail } from '@millrace/core'
import { readAvro, writeAvro } from '../avro/container.ts'
import type { AvroRecord, AvroValue } from '../avro/schema.ts'
import type { FieldSummary } from './field-summary.ts'
import { manifestListSchema } from './manifest-schema.ts'

interface Count {
  readonly files: number
  readonly rows: number
}

/** A line of a manifest list: one manifest and what is known of it without opening it. */
export interface ManifestFile {
  /** As it is written in the list: a URI. */
  readonly path: string
  readonly length: number
  readonly spec: number
  /** 0: data; 1: deletes. */
  readonly content: number
  readonly sequence: number
  readonly minSequence: number
  readonly snapshot: bigint
  readonly added: Count
  readonly existing: Count
  readonly deleted: Count
  readonly partitions: readonly FieldSummary[] | null
  readonly keyMetadata: Uint8Array | null
}

export const dataContent = 0

/** Whether a manifest may hold files that are still part of the table. */
export function hasLiveFiles(line: ManifestFile): boolean {
  return line.added.files + line.existing.files > 0
}

interface ListHeader {
  readonly snapshot: bigint
  readonly parent: bigint | null
  readonly sequence: number
}

export function writeManifestList(lines: readonly ManifestFile[], header: ListHeader): Buffer {
  return writeAvro({
    schema: manifestListSchema,
    header: {
      'snapshot-id': String(header.snapshot),
      'parent-snapshot-id': String(header.parent),
      'sequence-number': String(header.sequence),
      'format-version': '2',
    },
    records: lines.map(toAvro),
  })
}

function toAvro(line: ManifestFile): AvroRecord {
  return {
    manifest_path: line.path,
    manifest_length: line.length,
    partition_spec_id: line.spec,
    content: line.content,
    sequence_number: line.sequence,
    min_sequence_number: line.minSequence,
    added_snapshot_id: line.snapshot,
    added_files_count: line.added.files,
    existing_files_count: line.existing.files,
    deleted_files_count: line.deleted.files,
    added_rows_count: line.added.rows,
    existing_rows_count: line.existing.rows,
    deleted_rows_count: line.deleted.rows,
    partitions: line.partitions?.map(summaryToAvro) ?? null,
    key_metadata: line.keyMetadata,
  }
}

function summaryToAvro(summary: FieldSummary): AvroRecord {
  return {
    contains_null: summary.containsNull,
    contains_nan: summary.containsNan,
    lower_bound: summary.lower,
    upper_bound: summary.upper,
  }
}

/** Reads the list of a snapshot; one that says it is of another snapshot lies in a wrong place. */
export function readManifestList(bytes: Uint8Array, path: string, snapshot: bigint): readonly ManifestFile[] {
  const { header, lines } = unpack(bytes, path)
  const of = header['snapshot-id'] ?? String(snapshot)
  if (of !== String(snapshot)) fail('lake/corrupt', { path, problem: `it is the list of snapshot ${of}` })
  return lines
}

function unpack(
  bytes: Uint8Array,
  path: string,
): { readonly header: Readonly<Record<string, string>>; readonly lines: readonly ManifestFile[] } {
  try {
    const { header, records } = readAvro(bytes)
    return { header, lines: records.map(fromAvro) }
  } catch (error) {
    fail('lake/corrupt', { path, problem: error instanceof Error ? error.message : 'not an Avro file' })
  }
}

/** Counts that a writer left out are taken for one, so that the manifest is opened rather than skipped. */
function fromAvro(record: AvroRecord): ManifestFile {
  const count = (kind: string): Count => ({
    files: Number(record[`${kind}_files_count`] ?? record[`${kind}_data_files_count`] ?? 1),
    rows: Number(record[`${kind}_rows_count`] ?? 0),
  })
  const partitions = record['partitions'] as AvroRecord[] | null | undefined
  return {
    path: textIn(record, 'manifest_path'),
    length: Number(record['manifest_length']),
    spec: Number(record['partition_spec_id']),
    content: Number(record['content'] ?? 0),
    sequence: Number(record['sequence_number'] ?? 0),
    minSequence: Number(record['min_sequence_number'] ?? 0),
    snapshot: BigInt((record['added_snapshot_id'] as number | bigint | null) ?? 0),
    added: count('added'),
    existing: count('existing'),
    deleted: count('deleted'),
    partitions: partitions?.map(summaryFromAvro) ?? null,
    keyMetadata: bytesOrNull(record['key_metadata']),
  }
}

function summaryFromAvro(record: AvroRecord): FieldSummary {
  return {
    containsNull: record['contains_null'] === true,
    containsNan: typeof record['contains_nan'] === 'boolean' ? record['contains_nan'] : null,
    lower: bytesOrNull(record['lower_bound']),
    upper: bytesOrNull(record['upper_bound']),
  }
}

const bytesOrNull = (value: AvroValue | undefined): Uint8Array | null => (value instanceof Uint8Array ? value : null)
