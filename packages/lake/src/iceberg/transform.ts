import {
  fail,
  type PartitionBy,
  type PrimitiveType,
  readPartition,
  type TableName,
  type Transform,
} from '@millrace/core'

/** `bucket[16]` and the like, as Iceberg writes transforms. */
export function printTransform(transform: Transform): string {
  if (typeof transform === 'string') return transform
  return 'bucket' in transform ? `bucket[${transform.bucket}]` : `truncate[${transform.truncate}]`
}

const plain = ['identity', 'year', 'month', 'day', 'hour'] as const

/** null for a transform that is not known: such a field cannot prune. `void` marks a dropped field. */
export function parseTransform(text: string): Transform | null {
  const found = plain.find((one) => one === text)
  if (found !== undefined) return found
  const parameter = /^(bucket|truncate)\[(\d+)\]$/.exec(text)
  if (parameter === null) return null
  const size = Number(parameter[2])
  return parameter[1] === 'bucket' ? { bucket: size } : { truncate: size }
}

/** The type of a transformed value. Days are dates in Iceberg's eyes. */
export function transformedType(transform: Transform, source: PrimitiveType): PrimitiveType {
  if (transform === 'identity') return source
  if (transform === 'day') return 'date'
  return typeof transform === 'object' && 'truncate' in transform ? source : 'int32'
}

/** `country`, `day(ordered_at)`, `bucket(16, order_id)`, `truncate(4, sku)`. */
export const parsePartition = (table: TableName, text: string): PartitionBy =>
  readPartition(text) ?? fail('lake/bad-partition', { table, text, problem: 'there is no such function' })

const dates = new Set<string>(['date', 'timestamp', 'timestamptz'])
const moments = new Set<string>(['timestamp', 'timestamptz'])
const whole = new Set<string>(['int32', 'int64'])

/** Whether a column of this stored type can be partitioned so. */
export function canTransform(transform: Transform, type: PrimitiveType): boolean {
  if (transform === 'identity') return type !== 'float32' && type !== 'float64'
  if (transform === 'hour') return moments.has(type)
  if (typeof transform === 'string') return dates.has(type)
  if ('bucket' in transform) return type !== 'boolean' && !type.startsWith('float')
  return whole.has(type) || type.startsWith('decimal') || type === 'string' || type === 'binary'
}

/** The name of a partition field, as other programs choose it too. */
export function partitionName(column: string, transform: Transform): string {
  if (transform === 'identity') return column
  if (typeof transform === 'string') return `${column}_${transform}`
  return 'bucket' in transform ? `${column}_bucket_${transform.bucket}` : `${column}_trunc_${transform.truncate}`
}
