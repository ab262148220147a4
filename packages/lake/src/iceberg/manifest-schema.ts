import { decimalParts, type PartitionField, type PrimitiveType } from '@millrace/core'
import type { AvroField, AvroSchema } from '../avro/schema.ts'

const field = (name: string, id: number, type: AvroSchema): AvroField => ({ name, type, 'field-id': id })
const optional = (name: string, id: number, type: AvroSchema): AvroField => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
})

/** Iceberg writes maps with keys that are no text as arrays of pairs. */
const pairs = (key: number, value: number, type: AvroSchema): AvroSchema => ({
  type: 'array',
  logicalType: 'map',
  items: { type: 'record', name: `k${key}_v${value}`, fields: [field('key', key, 'int'), field('value', value, type)] },
})

/** A partition field and the type of its values. */
export interface TypedPartitionField extends PartitionField {
  readonly type: PrimitiveType
  /** Its name in manifests. */
  readonly avroName: string
}

/** The Avro schema of a v2 manifest's entries. */
export function manifestSchema(partition: readonly TypedPartitionField[]): AvroSchema {
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      field('status', 0, 'int'),
      optional('snapshot_id', 1, 'long'),
      optional('sequence_number', 3, 'long'),
      optional('file_sequence_number', 4, 'long'),
      field('data_file', 2, dataFileSchema(partition)),
    ],
  }
}

function dataFileSchema(partition: readonly TypedPartitionField[]): AvroSchema {
  const parts = partition.map((one) => optional(one.avroName, one.id, partitionType(one)))
  return {
    type: 'record',
    name: 'r2',
    fields: [
      field('content', 134, 'int'),
      field('file_path', 100, 'string'),
      field('file_format', 101, 'string'),
      field('partition', 102, { type: 'record', name: 'r102', fields: parts }),
      field('record_count', 103, 'long'),
      field('file_size_in_bytes', 104, 'long'),
      optional('column_sizes', 108, pairs(117, 118, 'long')),
      optional('value_counts', 109, pairs(119, 120, 'long')),
      optional('null_value_counts', 110, pairs(121, 122, 'long')),
      optional('nan_value_counts', 137, pairs(138, 139, 'long')),
      optional('lower_bounds', 125, pairs(126, 127, 'bytes')),
      optional('upper_bounds', 128, pairs(129, 130, 'bytes')),
      optional('key_metadata', 131, 'bytes'),
      optional('split_offsets', 132, { type: 'array', items: 'long', 'element-id': 133 }),
      optional('equality_ids', 135, { type: 'array', items: 'int', 'element-id': 136 }),
      optional('sort_order_id', 140, 'int'),
      optional('referenced_data_file', 143, 'string'),
    ],
  }
}

/** The Avro schema of a v2 manifest list. */
export const manifestListSchema: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    field('manifest_path', 500, 'string'),
    field('manifest_length', 501, 'long'),
    field('partition_spec_id', 502, 'int'),
    field('content', 517, 'int'),
    field('sequence_number', 515, 'long'),
    field('min_sequence_number', 516, 'long'),
    field('added_snapshot_id', 503, 'long'),
    field('added_files_count', 504, 'int'),
    field('existing_files_count', 505, 'int'),
    field('deleted_files_count', 506, 'int'),
    field('added_rows_count', 512, 'long'),
    field('existing_rows_count', 513, 'long'),
    field('deleted_rows_count', 514, 'long'),
    optional('partitions', 507, {
      type: 'array',
      'element-id': 508,
      items: {
        type: 'record',
        name: 'r508',
        fields: [
          field('contains_null', 509, 'boolean'),
          optional('contains_nan', 518, 'boolean'),
          optional('lower_bound', 510, 'bytes'),
          optional('upper_bound', 511, 'bytes'),
        ],
      },
    }),
    optional('key_metadata', 519, 'bytes'),
  ],
}

function partitionType(one: TypedPartitionField): AvroSchema {
  const decimal = decimalParts(one.type)
  if (decimal !== null) {
    const size = decimalBytes(decimal.precision)
    return { type: 'fixed', name: `fixed_${one.id}`, size, logicalType: 'decimal', ...decimal }
  }
  const fixed = /^fixed\((\d+)\)$/.exec(one.type)
  if (fixed !== null) return { type: 'fixed', name: `fixed_${one.id}`, size: Number(fixed[1]) }
  return partitionTypes[one.type] ?? 'string'
}

const partitionTypes: Readonly<Partial<Record<PrimitiveType, AvroSchema>>> = {
  boolean: 'boolean',
  int32: 'int',
  int64: 'long',
  float32: 'float',
  float64: 'double',
  binary: 'bytes',
  uuid: { type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' },
  date: { type: 'int', logicalType: 'date' },
  time: { type: 'long', logicalType: 'time-micros' },
  timestamp: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false },
  timestamptz: { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true },
}

/** The fewest bytes that hold every decimal of a precision. */
export function decimalBytes(precision: number): number {
  return Math.ceil((precision * Math.log2(10) + 1) / 8)
}

/** Names in Avro know only letters, digits and underscores: everything else becomes `_x` and its code point. */
export function avroName(name: string): string {
  const escape = (character: string): string => `_x${character.codePointAt(0)?.toString(16).toUpperCase() ?? ''}`
  const first = name.replace(/^[^A-Za-z_]/u, (character) =>
    /\d/.test(character) ? `_${character}` : escape(character),
  )
  return first.replaceAll(/[^A-Za-z0-9_]/gu, escape)
}
