/**
 * The nodes and buffers of one record batch, walked in the order in which they were written. Nothing of it is believed:
 * each buffer lies in the body and is as long as its rows need, offsets only ever go on and end within what they point
 * to, and nodes say what the bytes say. Whoever reads the columns later may then trust all of it.
 */
import type { DataType } from '@millrace/core'
import { type ArrowColumn, countNulls, layoutOf, noBytes } from './column.ts'
import type { FlatTable } from './flatbuffer-reader.ts'
import { nothing, type StreamField } from './read-schema.ts'
import { recast, RecastError } from './recast.ts'
import { broken, StreamError } from './stream-error.ts'

interface Rows {
  readonly length: number
  readonly nulls: number
  readonly validity: Uint8Array | null
}

export class BodyReader {
  private node = 0
  private buffer = 0
  private readonly nodes: readonly (readonly [number, number])[]
  private readonly buffers: readonly (readonly [number, number])[]
  private readonly body: Uint8Array

  constructor(batch: FlatTable, body: Uint8Array) {
    this.nodes = batch.pairs(1)
    this.buffers = batch.pairs(2)
    this.body = body
  }

  /** Reads a column of at least so many rows. */
  column(field: StreamField, rows: number, path: string = field.name): ArrowColumn {
    const { type } = field
    const [length, nulls] = this.nextNode(rows, path)
    if (type === nothing) return nothingOf(length)
    const present = this.present(length, nulls, path)
    if (layoutOf(type) === 'struct') {
      const children = field.children.map((child) => this.column(child, length, `${path}.${child.name}`))
      return { type, ...present, offsets: null, values: noBytes, children }
    }
    if (typeof type !== 'string') return this.lists(field, present, path)
    if (field.offsets === 'none') return this.fixed(field, type, present, path)
    const offsets = this.offsets(field, length, path)
    const values = this.nextBuffer(0, path)
    return { type, ...present, offsets: inside(offsets, values.byteLength, path), values, children: [] }
  }

  /** Everything must have been read: what is left belongs to a column that the schema does not know. */
  end(): void {
    if (this.node !== this.nodes.length || this.buffer !== this.buffers.length)
      throw broken('a batch has more columns than its schema')
  }

  private nextNode(rows: number, path: string): readonly [length: number, nulls: number] {
    const node = this.nodes[this.node++]
    if (node === undefined) throw broken(`a batch ends before column ${path}`)
    const [length, nulls] = node
    if (!Number.isSafeInteger(length) || length < rows || nulls > length)
      throw broken(`column ${path} has ${length} rows, ${nulls} of them null, where there are ${rows}`)
    return node
  }

  private nextBuffer(least: number, path: string): Uint8Array {
    const place = this.buffers[this.buffer++]
    if (place === undefined) throw broken(`a batch ends before column ${path}`)
    const [offset, length] = place
    if (!(offset >= 0 && length >= 0 && offset + length <= this.body.byteLength))
      throw broken(`the bytes of column ${path} lie beyond the end of their batch`)
    if (length < least) throw broken(`column ${path} has ${length} bytes where its rows need ${least}`)
    return this.body.subarray(offset, offset + length)
  }

  private present(length: number, nulls: number, path: string): Rows {
    const bits = this.nextBuffer(0, path)
    if (bits.byteLength === 0) {
      if (nulls > 0) throw broken(`column ${path} does not say which of its rows are null`)
      return { length, nulls: 0, validity: null }
    }
    if (bits.byteLength * 8 < length) throw broken(`column ${path} does not say of all its rows whether they are null`)
    const counted = countNulls(bits, length)
    // Some writers leave the number open.
    if (nulls >= 0 && counted !== nulls) throw broken(`column ${path} has ${counted} nulls and says ${nulls}`)
    return { length, nulls: counted, validity: counted === 0 ? null : bits }
  }

  private fixed(field: StreamField, type: DataType, present: Rows, path: string): ArrowColumn {
    const { length } = present
    const layout = layoutOf(type)
    const width = typeof layout === 'object' ? layout.width : 8
    const least = layout === 'bits' ? (length + 7) >> 3 : length * (field.recast?.width ?? width)
    const given = this.nextBuffer(least, path)
    const values = field.recast === null ? given : recastOf(given, field, present, path)
    return { type, ...present, offsets: null, values, children: [] }
  }

  private offsets(field: StreamField, length: number, path: string): Int32Array {
    const width = field.offsets === 'large' ? 8 : 4
    // A column without rows may leave the one offset out.
    const bytes = this.nextBuffer(length === 0 ? 0 : (length + 1) * width, path)
    if (bytes.byteLength < width) return new Int32Array(1)
    // A typed array needs an aligned start; a stream that was cut out of a larger one may not have it.
    const from = bytes.byteOffset % width === 0 ? bytes : bytes.slice()
    if (width === 4) return new Int32Array(from.buffer, from.byteOffset, length + 1)
    return narrowed(new BigInt64Array(from.buffer, from.byteOffset, length + 1), path)
  }

  private lists(field: StreamField, present: Rows, path: string): ArrowColumn {
    const { type } = field
    const size = typeof field.offsets === 'number' ? field.offsets : null
    const offsets = size === null ? this.offsets(field, present.length, path) : sizedOffsets(present.length, size, path)
    const last = offsets[offsets.length - 1] ?? 0
    if (layoutOf(type) === 'map') {
      const [entries, nulls] = this.nextNode(last, `${path}.entries`)
      if (this.present(entries, nulls, `${path}.entries`).nulls > 0)
        throw broken(`map ${path} has entries that are null`)
    }
    const names = layoutOf(type) === 'map' ? ['key', 'value'] : ['element']
    const children = field.children.map((child, i) => this.column(child, last, `${path}.${names[i]}`))
    const least = Math.min(...children.map((child) => child.length))
    return { type, ...present, offsets: inside(offsets, least, path), values: noBytes, children }
  }
}

function nothingOf(length: number): ArrowColumn {
  const validity = new Uint8Array((length + 7) >> 3)
  return { type: nothing, length, nulls: length, validity, offsets: null, values: noBytes, children: [] }
}

function inside(offsets: Int32Array, end: number, path: string): Int32Array {
  let last = 0
  for (const offset of offsets) {
    if (offset < last) throw broken(`the values of column ${path} go back`)
    last = offset
  }
  if (last > end) throw broken(`column ${path} ends before its last value`)
  return offsets
}

const smaller = 'Write batches of fewer rows.'

function narrowed(offsets: BigInt64Array, path: string): Int32Array {
  const last = offsets.at(-1) ?? 0n
  if (last > 0x7fffffffn)
    throw new StreamError([{ problem: `a batch has more than 2 GB in column ${path}`, fix: smaller }])
  for (const offset of offsets) if (offset < 0n || offset > last) throw broken(`the values of column ${path} go back`)
  return Int32Array.from(offsets, Number)
}

function sizedOffsets(length: number, size: number, path: string): Int32Array {
  if (length * size > 0x7fffffff)
    throw new StreamError([{ problem: `a batch has more than 2 billion elements in column ${path}`, fix: smaller }])
  return Int32Array.from({ length: length + 1 }, (_, i) => i * size)
}

function recastOf(given: Uint8Array, field: StreamField, present: Rows, path: string): Uint8Array {
  if (field.recast === null) return given
  try {
    return recast(given, field.recast, field.type, present)
  } catch (error) {
    if (!(error instanceof RecastError)) throw error
    const problem = `column ${path} has ${error.value} in its row ${error.row + 1}, which no ${JSON.stringify(field.type)} is`
    throw new StreamError([{ problem, fix: 'Correct the value, or cast the column where the stream is written.' }])
  }
}
