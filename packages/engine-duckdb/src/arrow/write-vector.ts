/**
 * Arrow's layout into DuckDB's vectors, the mirror of `read-vector.ts`. A chunk takes at most 2,048 rows: more of them
 * overwrite foreign memory without a word, so the caller cuts batches into slices first.
 *
 * Arrow may keep values behind a null: in the fields of a struct that is none, in the range of a list that is none. DuckDB
 * must not see them: its Parquet writer counts the values of a field that are there, and all later ones would move.
 * `withNullsBelow` hides them, once for all chunks of a batch.
 */
import type { DataType } from '@millrace/core'
import duckdb, { type Vector } from '@duckdb/node-bindings'
import { type ArrowColumn, decimalOf, isThere, layoutOf } from './column.ts'

export const chunkRows = 2048

const copy = (vector: Vector, bytes: Uint8Array): void => {
  if (bytes.byteLength === 0) return
  const { buffer } = bytes
  const owned = buffer instanceof ArrayBuffer ? bytes : bytes.slice()
  if (owned.buffer instanceof ArrayBuffer)
    duckdb.copy_data_to_vector(vector, 0, owned.buffer, owned.byteOffset, owned.byteLength)
}

function writeValidity(vector: Vector, column: ArrowColumn, from: number, to: number): void {
  if (column.validity === null) return
  const rows = to - from
  const words = new Uint8Array(Math.ceil(rows / 64) * 8)
  for (let row = 0; row < rows; row++)
    if (isThere(column.validity, from + row)) words[row >> 3] = (words[row >> 3] ?? 0) | (1 << (row & 7))
  duckdb.vector_ensure_validity_writable(vector)
  if (rows > 0) duckdb.copy_data_to_vector_validity(vector, 0, words.buffer, 0, words.byteLength)
}

function writeDecimals(vector: Vector, column: ArrowColumn, from: number, to: number, precision: number): void {
  const wide = column.values.subarray(from * 16, to * 16)
  if (precision > 18) {
    copy(vector, wide)
    return
  }
  const width = precision <= 4 ? 2 : precision <= 9 ? 4 : 8
  const narrow = new Uint8Array((to - from) * width)
  // Two's complement, little endian: the low bytes are the narrower integer.
  for (let row = 0; row < to - from; row++) narrow.set(wide.subarray(row * 16, row * 16 + width), row * width)
  copy(vector, narrow)
}

function writeUuids(vector: Vector, column: ArrowColumn, from: number, to: number): void {
  const bytes = column.values.slice(from * 16, to * 16)
  for (let row = 0; row < to - from; row++) {
    const one = bytes.subarray(row * 16, row * 16 + 16)
    one[0] = (one[0] ?? 0) ^ 0x80
    one.set(one.toReversed())
  }
  copy(vector, bytes)
}

function writeBytes(vector: Vector, column: ArrowColumn, from: number, to: number): void {
  const offsets = column.offsets ?? new Int32Array(1)
  for (let row = from; row < to; row++)
    if (isThere(column.validity, row))
      duckdb.vector_assign_string_element_len(
        vector,
        row - from,
        column.values.subarray(offsets[row] ?? 0, offsets[row + 1] ?? 0),
      )
}

function writeList(vector: Vector, column: ArrowColumn, from: number, to: number): void {
  const offsets = column.offsets ?? new Int32Array(1)
  const first = offsets[from] ?? 0
  const entries = new BigUint64Array((to - from) * 2)
  for (let row = from; row < to; row++) {
    if (!isThere(column.validity, row)) continue
    entries[(row - from) * 2] = BigInt((offsets[row] ?? 0) - first)
    entries[(row - from) * 2 + 1] = BigInt((offsets[row + 1] ?? 0) - (offsets[row] ?? 0))
  }
  copy(vector, new Uint8Array(entries.buffer))
  const last = offsets[to] ?? first
  duckdb.list_vector_reserve(vector, last - first)
  duckdb.list_vector_set_size(vector, last - first)
  const child = duckdb.list_vector_get_child(vector)
  column.children.forEach((one, i) => {
    const target = column.children.length === 1 ? child : duckdb.struct_vector_get_child(child, i)
    writeVector(target, one, first, last)
  })
}

function writeBits(vector: Vector, column: ArrowColumn, from: number, to: number): void {
  copy(
    vector,
    Uint8Array.from({ length: to - from }, (_, i) => (isThere(column.values, from + i) ? 1 : 0)),
  )
}

/** Writes the rows `from` to `to` of a column, whose nulls reach down, to the start of a vector of the same type. */
export function writeVector(vector: Vector, column: ArrowColumn, from: number, to: number): void {
  const { type } = column
  const layout = layoutOf(type)
  const decimal = decimalOf(type)
  if (layout === 'list' || layout === 'map') writeList(vector, column, from, to)
  else if (layout === 'struct')
    column.children.forEach((child, i) => writeVector(duckdb.struct_vector_get_child(vector, i), child, from, to))
  else if (layout === 'bits') writeBits(vector, column, from, to)
  else if (layout === 'bytes') writeBytes(vector, column, from, to)
  else if (decimal !== null) writeDecimals(vector, column, from, to, decimal.precision)
  else if (type === 'uuid') writeUuids(vector, column, from, to)
  else copyFixed(vector, column, from, to, layout.width)
  writeValidity(vector, column, from, to)
}

/** `fixed(n)` is a BLOB in DuckDB, every other fixed width lies there as in Arrow. */
function copyFixed(vector: Vector, column: ArrowColumn, from: number, to: number, width: number): void {
  if (!isFixedBinary(column.type)) {
    copy(vector, column.values.subarray(from * width, to * width))
    return
  }
  for (let row = from; row < to; row++)
    if (isThere(column.validity, row))
      duckdb.vector_assign_string_element_len(
        vector,
        row - from,
        column.values.subarray(row * width, (row + 1) * width),
      )
}

const isFixedBinary = (type: DataType): boolean => typeof type === 'string' && type.startsWith('fixed')
