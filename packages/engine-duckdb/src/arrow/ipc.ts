/**
 * Arrow IPC streams: schema message, record batches, end marker. Invariants:
 * - every message is a continuation word, a length, metadata padded to 8 bytes, then the body, each buffer padded to 8;
 * - buffers come in the order of a depth-first walk: validity first (empty when nothing is null), then offsets, then
 *   values; a map's walk passes through its `entries` struct, which holds no buffer but a (missing) validity;
 * - one stream may hold several batches; the number of rows of a stream is their sum.
 */
import type { Columns, DataType } from '@millrace/core'
import { type ArrowColumn, childTypes, layoutOf, noBytes } from './column.ts'
import { FlatBuilder } from './flatbuffer-builder.ts'
import { FlatTable } from './flatbuffer-reader.ts'
import { readSchema, schemaMessage } from './schema.ts'

export interface RecordBatch {
  readonly rows: number
  readonly columns: readonly ArrowColumn[]
}

const padded = (length: number): number => (length + 7) & ~7
const bytesOf = (offsets: Int32Array): Uint8Array =>
  new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength)

interface Body {
  readonly nodes: (readonly [length: number, nulls: number])[]
  readonly buffers: Uint8Array[]
}

function collect(column: ArrowColumn, body: Body): void {
  body.nodes.push([column.length, column.nulls])
  body.buffers.push(column.nulls === 0 || column.validity === null ? noBytes : column.validity)
  if (column.offsets !== null) body.buffers.push(bytesOf(column.offsets))
  const layout = layoutOf(column.type)
  if (layout === 'map') {
    body.nodes.push([column.children[0]?.length ?? 0, 0])
    body.buffers.push(noBytes)
  } else if (layout !== 'list' && layout !== 'struct') body.buffers.push(column.values)
  for (const child of column.children) collect(child, body)
}

function batchMessage(rows: number, body: Body): { readonly metadata: Uint8Array; readonly length: number } {
  let length = 0
  const places = body.buffers.map((buffer) => {
    const place = [length, buffer.byteLength] as const
    length += padded(buffer.byteLength)
    return place
  })
  const out = new FlatBuilder()
  const buffers = out.pairs(places)
  const nodes = out.pairs(body.nodes)
  out.startTable(4)
  out.int64(0, rows)
  out.offset(1, nodes)
  out.offset(2, buffers)
  const batch = out.endTable()
  out.startTable(5)
  out.int16(0, 4)
  out.int8(1, 3)
  out.offset(2, batch)
  out.int64(3, length)
  return { metadata: out.finish(out.endTable()), length }
}

/** Lays messages one after another into one buffer. */
function join(
  messages: readonly { readonly metadata: Uint8Array; readonly buffers: readonly Uint8Array[] }[],
): Uint8Array {
  let total = 8
  for (const one of messages) {
    total += 8 + padded(one.metadata.length)
    for (const buffer of one.buffers) total += padded(buffer.byteLength)
  }
  const out = new Uint8Array(total)
  const view = new DataView(out.buffer)
  let at = 0
  for (const one of messages) {
    view.setUint32(at, 0xffffffff, true)
    view.setInt32(at + 4, padded(one.metadata.length), true)
    out.set(one.metadata, at + 8)
    at += 8 + padded(one.metadata.length)
    for (const buffer of one.buffers) {
      out.set(buffer, at)
      at += padded(buffer.byteLength)
    }
  }
  view.setUint32(at, 0xffffffff, true)
  return out
}

/** One Arrow IPC stream of these batches. */
export function writeStream(columns: Columns, batches: readonly RecordBatch[]): Uint8Array {
  const messages = batches.map((batch) => {
    const body: Body = { nodes: [], buffers: [] }
    for (const column of batch.columns) collect(column, body)
    return { metadata: batchMessage(batch.rows, body).metadata, buffers: body.buffers }
  })
  return join([{ metadata: schemaMessage(columns), buffers: [] }, ...messages])
}

/** Walks the nodes and buffers of one record batch in the order in which they were written. */
class BodyReader {
  private node = 0
  private buffer = 0
  private readonly nodes: readonly (readonly [number, number])[]
  private readonly buffers: readonly (readonly [number, number])[]
  private readonly body: Uint8Array

  constructor(message: FlatTable, body: Uint8Array) {
    this.nodes = message.pairs(1)
    this.buffers = message.pairs(2)
    this.body = body
  }

  private nextNode(): readonly [number, number] {
    return this.nodes[this.node++] ?? [0, 0]
  }

  private nextBuffer(): Uint8Array {
    const [offset, length] = this.buffers[this.buffer++] ?? [0, 0]
    return this.body.subarray(offset, offset + length)
  }

  private nextOffsets(length: number): Int32Array {
    const bytes = this.nextBuffer()
    if (bytes.byteLength === 0) return new Int32Array(1)
    // A typed array needs an aligned start; a stream that was cut out of a larger one may not have it.
    const from = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
    return new Int32Array(from.buffer, from.byteOffset, length + 1)
  }

  column(type: DataType): ArrowColumn {
    const [length, nulls] = this.nextNode()
    const validity = this.nextBuffer()
    const layout = layoutOf(type)
    const offsets = layout === 'bytes' || layout === 'list' || layout === 'map' ? this.nextOffsets(length) : null
    if (layout === 'map') {
      this.nextNode()
      this.nextBuffer()
    }
    const values = layout === 'list' || layout === 'map' || layout === 'struct' ? noBytes : this.nextBuffer()
    const children = childTypes(type).map((child) => this.column(child))
    return { type, length, nulls, validity: nulls === 0 ? null : validity, offsets, values, children }
  }
}

export interface ArrowStream {
  readonly columns: Columns
  readonly batches: readonly RecordBatch[]
}

/** Reads a whole stream; the columns are views into its bytes. */
export function readStream(given: Uint8Array): ArrowStream {
  // A Buffer's slices are views of it, those of a plain array are copies: cells must not change with the buffer.
  const bytes = new Uint8Array(given.buffer, given.byteOffset, given.byteLength)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let columns: Columns = {}
  const batches: RecordBatch[] = []
  let at = 0
  while (at + 8 <= bytes.byteLength) {
    if (view.getUint32(at, true) !== 0xffffffff) throw new Error('not an Arrow IPC stream')
    const metadataLength = view.getInt32(at + 4, true)
    if (metadataLength === 0) break
    const message = FlatTable.root(bytes.subarray(at + 8, at + 8 + metadataLength))
    at += 8 + metadataLength
    const bodyLength = message.int64(3)
    const header = message.table(2)
    const kind = message.int8(1)
    if (kind === 1 && header !== null) columns = readSchema(header)
    else if (kind === 3 && header !== null)
      batches.push(readBatch(columns, header, bytes.subarray(at, at + bodyLength)))
    else throw new Error(`Arrow message ${kind} is not taken; write the stream without dictionaries`)
    at += bodyLength
  }
  return { columns, batches }
}

function readBatch(columns: Columns, header: FlatTable, body: Uint8Array): RecordBatch {
  if (header.table(3) !== null) throw new Error('compressed Arrow bodies are not taken; write the stream uncompressed')
  const reader = new BodyReader(header, body)
  return { rows: header.int64(0), columns: Object.values(columns).map((spec) => reader.column(spec.type)) }
}
