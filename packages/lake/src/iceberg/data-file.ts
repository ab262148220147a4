import { textIn } from '../avro/access.ts'
import {
  type ColumnStats,
  type DataFile,
  decimalParts,
  type Field,
  type FieldType,
  type Leaf,
  leavesOf,
  type Scalar,
} from '@millrace/core'
import { Pairs } from '../avro/pairs.ts'
import type { AvroRecord, AvroValue } from '../avro/schema.ts'
import { toPath, toUri } from '../store/location.ts'
import { decode, fromTwosComplement, lowerBound, sizedTwosComplement, upperBound } from './bounds.ts'
import { decimalBytes, type TypedPartitionField } from './manifest-schema.ts'
import { type Stored, toNeutral, toStored } from './value.ts'

/** Writes a data file's record. `fields` are those of the schema that the file was written with. */
export function toRecord(
  file: DataFile,
  fields: readonly Field[],
  partition: readonly TypedPartitionField[],
): AvroRecord {
  const leaves = new Map(leavesOf(fields).map((leaf) => [leaf.field.id, leaf]))
  const stats = Object.entries(file.stats).flatMap(([id, one]): Measured[] => {
    const leaf = leaves.get(Number(id))
    return leaf === undefined ? [] : [{ id: Number(id), leaf, stats: one }]
  })
  return {
    content: 0,
    file_path: toUri(file.path),
    file_format: 'PARQUET',
    partition: partitionRecord(file.partition, partition),
    record_count: file.rows,
    file_size_in_bytes: file.bytes,
    column_sizes: pairsOf(stats, (one) => one.stats.bytes),
    value_counts: pairsOf(stats, (one) => one.stats.values),
    null_value_counts: pairsOf(stats, (one) => one.stats.nulls),
    nan_value_counts: pairsOf(stats, (one) => one.stats.nans),
    lower_bounds: pairsOf(stats, (one) => bound(one, one.stats.min, lowerBound)),
    upper_bounds: pairsOf(stats, (one) => bound(one, one.stats.max, upperBound)),
    split_offsets: file.splits === undefined ? null : [...file.splits],
  }
}

interface Measured {
  readonly id: number
  readonly leaf: Leaf
  readonly stats: ColumnStats
}

function pairsOf(stats: readonly Measured[], value: (one: Measured) => AvroValue | undefined): AvroValue {
  return stats.flatMap((one) => {
    const found = value(one)
    return found === undefined || found === null ? [] : [{ key: one.id, value: found }]
  })
}

/** Inside lists and maps bounds mean nothing to readers, so there are none. */
function bound(one: Measured, value: ColumnStats['min'], cut: typeof lowerBound): Uint8Array | null {
  const { type } = one.leaf.field
  if (one.leaf.repeated || typeof type !== 'string') return null
  const stored = toStored(type, value)
  return stored === null ? null : cut(type, stored)
}

function partitionRecord(values: readonly Scalar[], partition: readonly TypedPartitionField[]): AvroRecord {
  const entries = partition.map((field, at) => [field.avroName, partitionToAvro(field, values[at] ?? null)])
  return Object.fromEntries(entries) as AvroRecord
}

function partitionToAvro(field: TypedPartitionField, value: Scalar): AvroValue {
  const stored = toStored(field.type, value)
  const decimal = decimalParts(field.type)
  return decimal !== null && stored !== null
    ? sizedTwosComplement(stored as bigint, decimalBytes(decimal.precision))
    : stored
}

/** A partition value as it is written under the type that the field has now: the bytes of a decimal grow with its precision. */
export function partitionAsNow(field: TypedPartitionField, value: AvroValue): AvroValue {
  const decimal = value instanceof Uint8Array ? decimalParts(field.type) : null
  if (decimal === null || !(value instanceof Uint8Array)) return value
  const size = decimalBytes(decimal.precision)
  return value.length === size ? value : sizedTwosComplement(fromTwosComplement(value), size)
}

/** The stored partition values of a record as we read and write them: under our names. */
export function partitionValues(
  record: AvroRecord,
  partition: readonly TypedPartitionField[],
): readonly (Stored | null)[] {
  const values = record['partition'] as AvroRecord
  return partition.map((field) => partitionFromAvro(field, values[field.avroName] ?? null))
}

function partitionFromAvro(field: TypedPartitionField, value: AvroValue): Stored | null {
  if (value === null) return null
  if (field.type.startsWith('decimal') && value instanceof Uint8Array) return fromTwosComplement(value)
  const real = field.type.startsWith('float')
  return typeof value === 'number' && !real ? BigInt(value) : (value as Stored)
}

/** Days stay days since the epoch; everything else becomes neutral. */
function partitionScalar(field: TypedPartitionField, value: Stored | null): Scalar {
  if (value === null) return null
  if (field.transform === 'day') return Number(value)
  const neutral = toNeutral(field.type, value)
  return neutral instanceof Uint8Array ? Buffer.from(neutral).toString('hex') : neutral
}

export interface ReadContext {
  readonly partition: readonly TypedPartitionField[]
  readonly leaves: ReadonlyMap<number, Leaf>
  readonly spec: number
  readonly schema: number
}

/** Reads a data file's record, ours or a foreign one. */
export function fromRecord(record: AvroRecord, context: ReadContext): DataFile {
  const values = partitionValues(record, context.partition)
  const splits = record['split_offsets'] as number[] | null | undefined
  let stats: DataFile['stats'] | undefined
  return {
    path: toPath(textIn(record, 'file_path')),
    rows: Number(record['record_count']),
    bytes: Number(record['file_size_in_bytes']),
    partition: context.partition.map((field, at) => partitionScalar(field, values[at] ?? null)),
    spec: context.spec,
    schema: context.schema,
    // Most of a table's metadata, and rarely looked at once pruning is done: made when it is first asked for.
    get stats() {
      return (stats ??= statsOf(record, context.leaves))
    },
    ...(splits === null || splits === undefined ? {} : { splits: splits.map(Number) }),
  }
}

type MutableStats = { -readonly [Key in keyof ColumnStats]: ColumnStats[Key] }

type SetStat = (stats: MutableStats, value: AvroValue, type: FieldType | undefined) => void

const setters: Readonly<Record<string, SetStat>> = {
  column_sizes: (stats, value) => (stats.bytes = Number(value)),
  value_counts: (stats, value) => (stats.values = Number(value)),
  null_value_counts: (stats, value) => (stats.nulls = Number(value)),
  nan_value_counts: (stats, value) => (stats.nans = Number(value)),
  lower_bounds: (stats, value, type) => setBound(stats, 'min', value, type),
  upper_bounds: (stats, value, type) => setBound(stats, 'max', value, type),
}

function statsOf(record: AvroRecord, leaves: ReadonlyMap<number, Leaf>): Readonly<Record<number, ColumnStats>> {
  const stats: Record<number, MutableStats> = {}
  for (const [name, set] of Object.entries(setters))
    for (const { key, value } of pairsIn(record, name)) set((stats[key] ??= {}), value, leaves.get(key)?.field.type)
  return stats
}

const pruningSetters = Object.entries(setters).filter(([name]) => name !== 'column_sizes')

/** What pruning needs to know of one column. */
export function columnStats(record: AvroRecord, context: ReadContext, id: number): ColumnStats {
  const stats: MutableStats = {}
  for (const [name, set] of pruningSetters) {
    const pairs = record[name]
    const value = pairs instanceof Pairs ? pairs.get(id) : pairsIn(record, name).find((pair) => pair.key === id)?.value
    if (value !== undefined) set(stats, value, context.leaves.get(id)?.field.type)
  }
  return stats
}

function setBound(stats: MutableStats, side: 'min' | 'max', value: AvroValue, type: FieldType | undefined): void {
  if (typeof type !== 'string' || !(value instanceof Uint8Array)) return
  const stored = decode(type, value)
  if (stored !== null) stats[side] = toNeutral(type, stored)
}

interface Pair {
  readonly key: number
  readonly value: AvroValue
}

/** The pairs of one of a record's maps by field id. */
function pairsIn(record: AvroRecord, name: string): readonly Pair[] {
  const value = record[name]
  return ((value instanceof Pairs ? value.decode() : value) ?? []) as unknown as readonly Pair[]
}
