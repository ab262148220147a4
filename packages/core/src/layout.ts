import type { Transform } from './fields.ts'

/** How a table is partitioned or sorted by one column, as its settings say it. */
export interface PartitionBy {
  readonly column: string
  readonly transform: Transform
}

const plain = ['identity', 'year', 'month', 'day', 'hour'] as const

/** The functions that a partition may have; the last two take a size before the column. */
export const partitionFunctions: readonly string[] = ['year', 'month', 'day', 'hour', 'bucket', 'truncate']

/** `country`, `day(ordered_at)`, `bucket(16, order_id)`, `truncate(4, sku)`; null for any other function. */
export function readPartition(text: string): PartitionBy | null {
  const call = /^\s*(\w+)\s*\(\s*(?:(\d+)\s*,\s*)?(.+?)\s*\)\s*$/.exec(text)
  if (call === null) return { column: unquote(text.trim()), transform: 'identity' }
  const [, name = '', size, column = ''] = call
  const transform = transformOf(name.toLowerCase(), size)
  return transform === null ? null : { column: unquote(column), transform }
}

function transformOf(name: string, size: string | undefined): Transform | null {
  if (size === undefined) return plain.find((one) => one === name) ?? null
  if (Number(size) < 1) return null
  if (name === 'bucket') return { bucket: Number(size) }
  return name === 'truncate' ? { truncate: Number(size) } : null
}

/** `ordered_at`, `amount desc`. */
export function readSort(text: string): { readonly column: string; readonly descending: boolean } {
  const [, column = '', direction] = /^\s*(.+?)(?:\s+(asc|desc))?\s*$/i.exec(text) ?? []
  return { column: unquote(column), descending: direction?.toLowerCase() === 'desc' }
}

const unquote = (name: string): string => (/^".*"$/.test(name) ? name.slice(1, -1).replaceAll('""', '"') : name)
