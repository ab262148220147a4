import { type ArrowColumn, countNulls, isThere, layoutOf, noBytes } from './column.ts'
import type { RecordBatch } from './write-stream.ts'

type Content = Pick<ArrowColumn, 'offsets' | 'values' | 'children'>

/** The rows of a column in another order. */
export function take(column: ArrowColumn, order: Uint32Array): ArrowColumn {
  const rows = order.length
  const validity = new Uint8Array((rows + 7) >> 3)
  order.forEach((from, to) => {
    if (isThere(column.validity, from)) validity[to >> 3] = (validity[to >> 3] ?? 0) | (1 << (to & 7))
  })
  const nulls = countNulls(validity, rows)
  const content = takeContent(column, order)
  return { type: column.type, length: rows, nulls, validity: nulls === 0 ? null : validity, ...content }
}

function takeContent(column: ArrowColumn, order: Uint32Array): Content {
  const layout = layoutOf(column.type)
  if (layout === 'struct')
    return { offsets: null, values: noBytes, children: column.children.map((child) => take(child, order)) }
  if (layout === 'bits') {
    const bits = new Uint8Array((order.length + 7) >> 3)
    order.forEach((from, to) => {
      if (isThere(column.values, from)) bits[to >> 3] = (bits[to >> 3] ?? 0) | (1 << (to & 7))
    })
    return { offsets: null, values: bits, children: [] }
  }
  if (typeof layout === 'object') {
    const values = new Uint8Array(order.length * layout.width)
    order.forEach((from, to) => {
      values.set(column.values.subarray(from * layout.width, (from + 1) * layout.width), to * layout.width)
    })
    return { offsets: null, values, children: [] }
  }
  return takeSpans(column, order)
}

function takeSpans(column: ArrowColumn, order: Uint32Array): Content {
  const source = column.offsets ?? new Int32Array(1)
  const offsets = new Int32Array(order.length + 1)
  order.forEach((from, to) => {
    offsets[to + 1] = (offsets[to] ?? 0) + (source[from + 1] ?? 0) - (source[from] ?? 0)
  })
  const total = offsets[order.length] ?? 0
  if (layoutOf(column.type) === 'bytes') {
    const values = new Uint8Array(total)
    order.forEach((from, to) => values.set(column.values.subarray(source[from], source[from + 1]), offsets[to]))
    return { offsets, values, children: [] }
  }
  const inner = new Uint32Array(total)
  order.forEach((from, to) => {
    const [start, end] = [offsets[to] ?? 0, offsets[to + 1] ?? 0]
    for (let i = 0; i < end - start; i++) inner[start + i] = (source[from] ?? 0) + i
  })
  return { offsets, values: noBytes, children: column.children.map((child) => take(child, inner)) }
}

/** How many bytes rows of a column hold. */
function weightOf(column: ArrowColumn, from: number, to: number): number {
  const layout = layoutOf(column.type)
  if (typeof layout === 'object') return (to - from) * layout.width
  if (layout === 'bits') return (to - from) >> 3
  const [first, last] = layout === 'struct' ? [from, to] : [column.offsets?.[from] ?? 0, column.offsets?.[to] ?? 0]
  if (layout === 'bytes') return last - first
  return column.children.reduce((sum, child) => sum + weightOf(child, first, last), 0)
}

/** How many bytes a batch holds, those below its lists and structs too. */
export const weight = ({ columns, rows }: RecordBatch): number =>
  columns.reduce((sum, column) => sum + weightOf(column, 0, rows), 0)

/** A batch in pieces of at most so many bytes, in the order of its rows; a row that is heavier is a piece of its own. */
export function* piecesOf(
  batch: RecordBatch,
  bytes: number,
  from: number = 0,
  to: number = batch.rows,
): Generator<RecordBatch> {
  const heavy = batch.columns.reduce((sum, column) => sum + weightOf(column, from, to), 0) > bytes
  if (heavy && to - from > 1) {
    const middle = (from + to) >> 1
    yield* piecesOf(batch, bytes, from, middle)
    yield* piecesOf(batch, bytes, middle, to)
  } else if (to - from === batch.rows) yield batch
  else {
    const order = Uint32Array.from({ length: to - from }, (_, i) => from + i)
    yield { rows: to - from, columns: batch.columns.map((column) => take(column, order)) }
  }
}
