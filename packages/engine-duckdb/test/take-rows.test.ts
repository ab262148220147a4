import { describe, expect, test } from 'vitest'
import type { Columns } from '@millrace/core'
import { batchOf, readStream, type Row, rowsOf } from '../src/index.ts'
import { piecesOf, take, weight } from '../src/arrow/take-rows.ts'
import { type RecordBatch, writeStream } from '../src/arrow/write-stream.ts'

const columns: Columns = {
  id: { type: 'int32' },
  flag: { type: 'boolean' },
  text: { type: 'string' },
  list: { type: { list: { struct: { name: { type: 'string' }, tags: { type: { list: 'string' } } } } } },
  map: { type: { map: ['string', 'int64'] } },
}

const rows: readonly Row[] = Array.from({ length: 50 }, (_, i) => ({
  id: i % 7 === 0 ? null : i,
  flag: i % 3 === 0,
  text: i % 5 === 0 ? null : `${i}`.repeat(i),
  list: i % 4 === 0 ? null : Array.from({ length: i % 6 }, (__, n) => ({ name: `n${n}`, tags: ['ä', null, `${i}`] })),
  map: new Map([[`k${i}`, BigInt(i)]]),
}))

function batch(): RecordBatch {
  const [only] = readStream(batchOf(columns, rows).arrow).batches
  if (only === undefined) throw new Error('no batch')
  return only
}

const shown = (one: RecordBatch): readonly Row[] =>
  rowsOf({ rows: one.rows, columns, arrow: writeStream(columns, [one]) })

describe('rows of a batch', () => {
  test('pieces hold the rows in their order, and none is heavier than asked for unless it is one row', () => {
    const pieces = [...piecesOf(batch(), 300)]
    expect(pieces.length).toBeGreaterThan(5)
    expect(pieces.flatMap(shown)).toEqual(rows)
    expect(pieces.filter((one) => one.rows > 1 && weight(one) > 300)).toEqual([])
  })

  test('a batch that is light enough stays whole', () => {
    const one = batch()
    expect([...piecesOf(one, 1 << 20)]).toEqual([one])
  })

  test('in another order, with what lies below them', () => {
    const order = Uint32Array.of(49, 3, 3, 0, 20)
    const taken = { rows: order.length, columns: batch().columns.map((column) => take(column, order)) }
    expect(shown(taken)).toEqual([...order].map((at) => rows[at]))
  })
})
