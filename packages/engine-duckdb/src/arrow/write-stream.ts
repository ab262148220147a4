/**
 * Arrow IPC streams: schema message, record batches, end marker. Invariants:
 * - every message is a continuation word, a length, metadata padded to 8 bytes, then the body, each buffer padded to 8;
 * - buffers come in the order of a depth-first walk: validity first (empty when nothing is null), then offsets, then
 *   values; a map's walk passes through its `entries` struct, which holds no buffer but a (missing) validity;
 * - one stream may hold several batches; the number of rows of a stream is their sum.
 */
import type { Columns } from '@millrace/core'
import { type ArrowColumn, layoutOf, noBytes } from './column.ts'
import { FlatBuilder } from './flatbuffer-builder.ts'
import { schemaMessage } from './write-schema.ts'

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
