import type { DataType } from '@millrace/core'

/**
 * One column of a batch in Arrow's memory layout, the shape that everything here meets in: DuckDB's vectors, rows of
 * JavaScript values and Arrow IPC bodies are each read into it and written from it.
 */
export interface ArrowColumn {
  readonly type: DataType
  readonly length: number
  readonly nulls: number
  /** One bit a row, 1 = has a value; null: every row has one. */
  readonly validity: Uint8Array | null
  /** Where each row's bytes, elements or entries begin, and one more: for strings, binaries, lists and maps. */
  readonly offsets: Int32Array | null
  /** Values of fixed width (bits for booleans), or the bytes of strings and binaries. */
  readonly values: Uint8Array
  /** A list's element; a map's key and value; a struct's fields. */
  readonly children: readonly ArrowColumn[]
}

export const noBytes: Uint8Array = new Uint8Array(0)

export interface DecimalType {
  readonly precision: number
  readonly scale: number
}

const decimalPattern = /^decimal\((\d+),\s*(\d+)\)$/
const fixedPattern = /^fixed\((\d+)\)$/

export function decimalOf(type: DataType): DecimalType | null {
  const match = typeof type === 'string' ? decimalPattern.exec(type) : null
  return match === null ? null : { precision: Number(match[1]), scale: Number(match[2]) }
}

export function fixedWidthOf(type: DataType): number | null {
  const match = typeof type === 'string' ? fixedPattern.exec(type) : null
  return match === null ? null : Number(match[1])
}

/** How a column's bytes lie, whatever they mean. */
export type Layout = 'bits' | 'bytes' | 'list' | 'map' | 'struct' | { readonly width: number }

const widths: Readonly<Record<string, number>> = {
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
  date: 4,
  time: 8,
  timestamp: 8,
  timestamptz: 8,
  timestamp_ns: 8,
  timestamptz_ns: 8,
  uuid: 16,
}

export function layoutOf(type: DataType): Layout {
  if (typeof type !== 'string') return 'list' in type ? 'list' : 'map' in type ? 'map' : 'struct'
  if (type === 'boolean') return 'bits'
  if (type === 'string' || type === 'json' || type === 'variant' || type === 'binary') return 'bytes'
  const fixed = fixedWidthOf(type)
  if (fixed !== null) return { width: fixed }
  return { width: decimalOf(type) === null ? (widths[type] ?? 8) : 16 }
}

/** The types of a column's children, in order. */
export function childTypes(type: DataType): readonly DataType[] {
  if (typeof type === 'string') return []
  if ('list' in type) return [type.list]
  if ('map' in type) return type.map
  return Object.values(type.struct).map((field) => field.type)
}

export const isThere = (validity: Uint8Array | null, row: number): boolean =>
  validity === null || ((validity[row >> 3] ?? 0) & (1 << (row & 7))) !== 0

export function countNulls(validity: Uint8Array | null, length: number): number {
  if (validity === null) return 0
  let nulls = 0
  for (let row = 0; row < length; row++) if (!isThere(validity, row)) nulls++
  return nulls
}
