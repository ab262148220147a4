/**
 * DuckDB's vectors into Arrow's layout. What must hold:
 * - a vector's memory belongs to its chunk and is gone with it: everything is copied here, nothing is kept as a view;
 * - validity words are Arrow's bits already (least significant first, 1 = has a value); rows past the count are noise;
 * - a NULL row's value, offset or length may be anything and is never looked at;
 * - strings of at most 12 bytes lie inside their 16-byte entry, longer ones behind a pointer. Neighbours mostly lie one
 *   after another in memory, so they are fetched a run at a time: a call per string costs four times as much.
 */
import type { DataType } from '@millrace/core'
import duckdb, { type DataChunk, type Vector } from '@duckdb/node-bindings'
import { type ArrowColumn, childTypes, countNulls, decimalOf, isThere, layoutOf, noBytes } from './column.ts'
import { take } from './take-rows.ts'

const stringEntry = 16
const inlined = 12
/** Less than a page, so everything between two strings that are there is mapped memory. */
const largestGap = 512
const largestRun = 1 << 20

function copyOf(vector: Vector, bytes: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes)
  if (bytes > 0) out.set(duckdb.vector_get_data(vector, bytes))
  return out
}

const presentOrNull = (bytes: Uint8Array | null): Uint8Array | null => bytes

function validityOf(vector: Vector, rows: number): Uint8Array | null {
  // The binding answers null when every row has a value, whatever its declaration says.
  const words = presentOrNull(duckdb.vector_get_validity(vector, Math.ceil(rows / 64) * 8))
  return words === null ? null : words.slice(0, (rows + 7) >> 3)
}

interface Content {
  readonly offsets: Int32Array | null
  readonly values: Uint8Array
  readonly children: readonly ArrowColumn[]
}

const flat = (values: Uint8Array): Content => ({ offsets: null, values, children: [] })

function readBits(vector: Vector, rows: number): Content {
  const bytes = copyOf(vector, rows)
  const bits = new Uint8Array((rows + 7) >> 3)
  for (let row = 0; row < rows; row++) if (bytes[row] !== 0) bits[row >> 3] = (bits[row >> 3] ?? 0) | (1 << (row & 7))
  return flat(bits)
}

/** A decimal lies in the smallest integer that holds its digits; Arrow wants 16 bytes of each. */
function readDecimal(vector: Vector, rows: number, precision: number): Content {
  if (precision > 18) return flat(copyOf(vector, rows * 16))
  const width = precision <= 4 ? 2 : precision <= 9 ? 4 : 8
  const source = new DataView(copyOf(vector, rows * width).buffer)
  const wide = new BigInt64Array(rows * 2)
  for (let row = 0; row < rows; row++) {
    const value =
      width === 8
        ? source.getBigInt64(row * 8, true)
        : BigInt(width === 4 ? source.getInt32(row * 4, true) : source.getInt16(row * 2, true))
    wide[row * 2] = value
    wide[row * 2 + 1] = value < 0n ? -1n : 0n
  }
  return flat(new Uint8Array(wide.buffer))
}

/** DuckDB keeps a uuid as a 128-bit integer with its first bit turned, so that it sorts; Arrow as its 16 bytes. */
function readUuids(vector: Vector, rows: number): Content {
  const bytes = copyOf(vector, rows * 16)
  for (let row = 0; row < rows; row++) {
    const one = bytes.subarray(row * 16, row * 16 + 16)
    one.set(one.toReversed())
    one[0] = (one[0] ?? 0) ^ 0x80
  }
  return flat(bytes)
}

/** Collects the bytes of one vector of strings, runs of neighbours at a time. */
class StringReader {
  private readonly entries: Uint8Array<ArrayBuffer>
  private readonly view: DataView
  private readonly lengths: Int32Array

  constructor(vector: Vector, rows: number, validity: Uint8Array | null) {
    this.entries = copyOf(vector, rows * stringEntry)
    this.view = new DataView(this.entries.buffer)
    this.lengths = new Int32Array(rows)
    for (let row = 0; row < rows; row++)
      if (isThere(validity, row)) this.lengths[row] = this.view.getUint32(row * stringEntry, true)
  }

  private address(row: number): number {
    return Number(this.view.getBigUint64(row * stringEntry + 8, true))
  }

  read(): Content {
    const rows = this.lengths.length
    const offsets = new Int32Array(rows + 1)
    let total = 0
    for (let row = 0; row < rows; row++) offsets[row + 1] = total += this.lengths[row] ?? 0
    if (total > 0x7fffffff) throw new Error('a piece of rows holds more than 2 GB of text; select fewer columns')
    const values = new Uint8Array(total)
    let row = 0
    while (row < rows) {
      const length = this.lengths[row] ?? 0
      if (length > inlined) row = this.readRun(row, values, offsets)
      else {
        const from = row * stringEntry + 4
        for (let i = 0, to = offsets[row] ?? 0; i < length; i++) values[to + i] = this.entries[from + i] ?? 0
        row++
      }
    }
    return { offsets, values, children: [] }
  }

  /** Fetches the string at `row` and all that follow it closely in memory; returns the first row beyond them. */
  private readRun(row: number, values: Uint8Array, offsets: Int32Array): number {
    const start = this.address(row)
    let end = start + (this.lengths[row] ?? 0)
    let next = row + 1
    for (; next < this.lengths.length; next++) {
      const length = this.lengths[next] ?? 0
      if (length <= inlined) continue
      const at = this.address(next)
      if (at < end || at - end > largestGap || at + length - start > largestRun) break
      end = at + length
    }
    const run = duckdb.get_data_from_pointer(this.entries.buffer, row * stringEntry + 8, end - start)
    for (let one = row; one < next; one++) {
      const length = this.lengths[one] ?? 0
      const to = offsets[one] ?? 0
      if (length > inlined) {
        const from = this.address(one) - start
        values.set(run.subarray(from, from + length), to)
      } else values.set(this.entries.subarray(one * stringEntry + 4, one * stringEntry + 4 + length), to)
    }
    return next
  }
}

interface Span {
  readonly offsets: Int32Array
  /** Rows of the child in the order of the lists; null when they lie there so already. */
  readonly order: Uint32Array | null
}

/** Lists may share, skip or reorder parts of their child vector: Arrow's offsets only ever go on. */
function spansOf(vector: Vector, rows: number, validity: Uint8Array | null, childRows: number): Span {
  const entries = new DataView(copyOf(vector, rows * 16).buffer)
  const offsets = new Int32Array(rows + 1)
  let straight = true
  let total = 0
  for (let row = 0; row < rows; row++) {
    if (isThere(validity, row)) {
      const length = Number(entries.getBigUint64(row * 16 + 8, true))
      if (length > 0 && Number(entries.getBigUint64(row * 16, true)) !== total) straight = false
      total += length
    }
    offsets[row + 1] = total
  }
  if (straight && total === childRows) return { offsets, order: null }
  const order = new Uint32Array(total)
  for (let row = 0; row < rows; row++) {
    const [to, end] = [offsets[row] ?? 0, offsets[row + 1] ?? 0]
    if (end === to) continue
    const from = Number(entries.getBigUint64(row * 16, true))
    for (let i = 0; i < end - to; i++) order[to + i] = from + i
  }
  return { offsets, order }
}

function readList(vector: Vector, type: DataType, rows: number, validity: Uint8Array | null): Content {
  const childRows = duckdb.list_vector_get_size(vector)
  const child = duckdb.list_vector_get_child(vector)
  const { offsets, order } = spansOf(vector, rows, validity, childRows)
  const kinds = childTypes(type)
  const children = kinds.map((kind, i) => {
    const source = kinds.length === 1 ? child : duckdb.struct_vector_get_child(child, i)
    const column = readVector(source, kind, childRows)
    return order === null ? column : take(column, order)
  })
  return { offsets, values: noBytes, children }
}

function readContent(vector: Vector, type: DataType, rows: number, validity: Uint8Array | null): Content {
  const layout = layoutOf(type)
  if (layout === 'list' || layout === 'map') return readList(vector, type, rows, validity)
  if (layout === 'struct') {
    const children = childTypes(type).map((kind, i) =>
      readVector(duckdb.struct_vector_get_child(vector, i), kind, rows),
    )
    return { offsets: null, values: noBytes, children }
  }
  if (layout === 'bits') return readBits(vector, rows)
  if (layout === 'bytes') return new StringReader(vector, rows, validity).read()
  const decimal = decimalOf(type)
  if (decimal !== null) return readDecimal(vector, rows, decimal.precision)
  return type === 'uuid' ? readUuids(vector, rows) : flat(copyOf(vector, rows * layout.width))
}

function readVector(vector: Vector, type: DataType, rows: number): ArrowColumn {
  const validity = validityOf(vector, rows)
  const nulls = countNulls(validity, rows)
  return {
    type,
    length: rows,
    nulls,
    validity: nulls === 0 ? null : validity,
    ...readContent(vector, type, rows, validity),
  }
}

/** All columns of a chunk, whose types are exactly `types`. */
export function readChunk(chunk: DataChunk, types: readonly DataType[]): readonly ArrowColumn[] {
  const rows = duckdb.data_chunk_get_size(chunk)
  return types.map((type, i) => readVector(duckdb.data_chunk_get_vector(chunk, i), type, rows))
}
