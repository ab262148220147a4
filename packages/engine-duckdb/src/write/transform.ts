import {
  type Field,
  type FieldType,
  isDated,
  type PartitionField,
  type Scalar,
  type Transform,
  fail,
} from '@millrace/core'
import { decimalOf } from '../arrow/column.ts'
import { parseDate, parseTime, parseTimestamp, dateText, timeText, timestampText } from '../temporal.ts'

const microsPerHour = 3_600_000_000n

/** A date or a time of some sort, as microseconds since the epoch. */
const micros = (column: string): string => `epoch_us(${column}::TIMESTAMP)`

const whole: ReadonlySet<unknown> = new Set(['int8', 'int16', 'int32', 'int64', 'uint64'])

function bucketSql(column: string, type: FieldType, buckets: number): string | null {
  const pick = (hash: string): string => `((${hash} & 2147483647) % ${buckets})::INTEGER`
  if (whole.has(type)) return pick(`millrace_hash_long(${column}::BIGINT)`)
  if (type === 'date') return pick(`millrace_hash_long((${column} - DATE '1970-01-01')::BIGINT)`)
  if (type === 'time') return pick(`millrace_hash_long(epoch_us(${column}))`)
  if (isDated(type)) return pick(`millrace_hash_long(${micros(column)})`)
  if (type === 'string') return pick(`millrace_hash_bytes(encode(${column}))`)
  if (type === 'uuid') return pick(`millrace_hash_bytes(unhex(replace(${column}::VARCHAR, '-', '')))`)
  if (type === 'binary' || (typeof type === 'string' && type.startsWith('fixed')))
    return pick(`millrace_hash_bytes(${column})`)
  const decimal = typeof type === 'string' ? decimalOf(type) : null
  return decimal === null ? null : pick(`millrace_hash_decimal(replace(${column}::VARCHAR, '.', ''))`)
}

function truncateSql(column: string, type: FieldType, width: number): string | null {
  if (whole.has(type)) return `${column} - (((${column} % ${width}) + ${width}) % ${width})`
  if (type === 'string') return `left(${column}, ${width})`
  if (type === 'binary') return `hex(${column}[1:${width}])`
  const decimal = typeof type === 'string' ? decimalOf(type) : null
  if (decimal === null) return null
  // Iceberg truncates the unscaled integer: HUGEINT holds every one of 38 digits.
  const unscaled = `(replace(${column}::VARCHAR, '.', '')::HUGEINT)`
  return `(${unscaled} - (((${unscaled} % ${width}) + ${width}) % ${width}))::VARCHAR`
}

/** Calendar parts count from 1970 and round down, also before it. */
const calendar: Readonly<Record<string, (column: string) => string>> = {
  year: (column) => `(year(${column}::TIMESTAMP) - 1970)::INTEGER`,
  month: (column) => `((year(${column}::TIMESTAMP) - 1970) * 12 + month(${column}::TIMESTAMP) - 1)::INTEGER`,
  day: (column) => `(${column}::TIMESTAMP::DATE - DATE '1970-01-01')::INTEGER`,
  hour: (column) =>
    `((${micros(column)} - (((${micros(column)} % ${microsPerHour}) + ${microsPerHour}) % ${microsPerHour})) // ${microsPerHour})::INTEGER`,
}

function identitySql(column: string, type: FieldType): string | null {
  if (typeof type !== 'string') return null
  if (type === 'binary' || type.startsWith('fixed')) return `hex(${column})`
  return type === 'timestamptz' ? `${column}::TIMESTAMP` : column
}

const transformText = (transform: Transform): string => {
  if (typeof transform === 'string') return transform
  return 'bucket' in transform ? `bucket[${transform.bucket}]` : `truncate[${transform.truncate}]`
}

function sqlOf(column: string, type: FieldType, transform: Transform): string | null {
  if (transform === 'identity') return identitySql(column, type)
  if (typeof transform === 'string') return isDated(type) ? (calendar[transform]?.(column) ?? null) : null
  return 'bucket' in transform
    ? bucketSql(column, type, transform.bucket)
    : truncateSql(column, type, transform.truncate)
}

/** The SQL that computes a row's partition value, exactly as Iceberg defines the transform. */
export function partitionSql(column: string, source: Field, partition: PartitionField): string {
  const sql = sqlOf(column, source.type, partition.transform)
  return (
    sql ??
    fail('engine/transform-impossible', {
      column: source.name,
      transform: transformText(partition.transform),
      type: typeof source.type === 'string' ? source.type : Object.keys(source.type).join(),
    })
  )
}

/** DuckDB's text of an identity value as the neutral value of its type. */
const neutral: Readonly<Record<string, (text: string) => Scalar>> = {
  boolean: (text) => text === 'true',
  int8: Number,
  int16: Number,
  int32: Number,
  int64: BigInt,
  uint64: BigInt,
  float32: Number,
  float64: Number,
  date: (text) => dateText(parseDate(text)),
  time: (text) => timeText(parseTime(text)),
  timestamp: (text) => timestampText(parseTimestamp(text, 6), 6, false),
  timestamptz: (text) => timestampText(parseTimestamp(text, 6), 6, true),
  timestamp_ns: (text) => timestampText(parseTimestamp(text, 9), 9, false),
  timestamptz_ns: (text) => timestampText(parseTimestamp(text, 9), 9, true),
}

function truncatedDecimal(text: string, scale: number): string {
  if (scale === 0) return text
  const digits = text.replace('-', '').padStart(scale + 1, '0')
  return `${text.startsWith('-') ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The neutral value of a partition, from the text in which DuckDB reports it. */
export function partitionValue(text: string | null, source: Field, partition: PartitionField): Scalar {
  if (text === null) return null
  const { transform } = partition
  const truncates = typeof transform === 'object' && 'truncate' in transform
  if (transform !== 'identity' && !truncates) return Number(text)
  const { type } = source
  const decimal = typeof type === 'string' ? decimalOf(type) : null
  if (decimal !== null && truncates) return truncatedDecimal(text, decimal.scale)
  return typeof type === 'string' ? (neutral[type]?.(text) ?? text) : text
}
