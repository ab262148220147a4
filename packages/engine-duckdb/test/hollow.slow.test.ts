// Arrow leaves values behind a null: in the fields of a struct that is none, in the range of a list or a map that is none.
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Columns, DataType, Query } from '@millrace/core'
import { columnOf } from '../src/arrow/build.ts'
import { type ArrowColumn, countNulls } from '../src/arrow/column.ts'
import { writeStream } from '../src/arrow/write-stream.ts'
import { rowsOf } from '../src/index.ts'
import { type Bench, fieldsOf, never, openBench, query, scanOf, sinkOf } from './bench-session.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

/** Makes one place in `odds` null, at every level, over values that stay where they are. */
function hollowed(column: ArrowColumn, odds: number, seed: number): ArrowColumn {
  const validity = new Uint8Array((column.length + 7) >> 3)
  for (let row = 0; row < column.length; row++)
    if ((Math.imul(row + 7, seed * 2 + 0x9e37_79b1) >>> 8) % odds !== 0)
      validity[row >> 3] = (validity[row >> 3] ?? 0) | (1 << (row & 7))
  const isMap = typeof column.type === 'object' && 'map' in column.type
  const children = column.children.map((child, i) =>
    isMap && i === 0 ? child : hollowed(child, odds, Math.imul(seed, 31) + i + 1),
  )
  return { ...column, validity, nulls: countNulls(validity, column.length), children }
}

const point: DataType = { struct: { x: { type: 'int32' }, s: { type: 'string' } } }
const nested: Readonly<Record<string, DataType>> = {
  struct: point,
  'struct in a struct': { struct: { p: { type: point }, d: { type: 'decimal(9,2)' } } },
  'struct in a list': { list: point },
  'list in a struct': { struct: { l: { type: { list: 'string' } } } },
  'list in a list': { list: { list: 'int64' } },
  'map of structs': { map: ['string', point] },
  'map in a struct': { struct: { m: { type: { map: ['string', 'int32'] } }, b: { type: 'boolean' } } },
  'map of lists': { map: ['string', { list: point }] },
}

function valueOf(type: DataType, i: number): unknown {
  if (type === 'string') return `text ${i} that is longer than twelve bytes`.slice(0, 3 + (i % 37))
  if (type === 'boolean') return i % 3 === 0
  if (typeof type === 'string') return type.startsWith('decimal') ? `${i % 1000}.25` : i
  if ('list' in type) return Array.from({ length: i % 4 }, (_, at) => valueOf(type.list, i * 4 + at))
  if ('map' in type)
    return new Map(Array.from({ length: i % 3 }, (_, at) => [`k${at}`, valueOf(type.map[1], i * 3 + at)]))
  return Object.fromEntries(Object.entries(type.struct).map(([name, one]) => [name, valueOf(one.type, i)]))
}

let outputs = 0

test.each(Object.entries(nested))('%s: what lies behind a null moves no value', async (_, type) => {
  const columns: Columns = { id: { type: 'int64' }, v: { type } }
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 2, max: 5 }),
      fc.nat(),
      async (rows, odds, seed) => {
        const at = Array.from({ length: rows }, (__, i) => i)
        const id = columnOf('int64', at)
        const v = hollowed(
          columnOf(
            type,
            at.map((i) => valueOf(type, i)),
          ),
          odds,
          seed,
        )
        const arrow = writeStream(columns, [{ rows, columns: [id, v] }])
        const inputs: Query['inputs'] = { t: { via: 'batches', columns, batches: [arrow] } }
        const expected = rowsOf({ columns, rows, arrow })
        expect(await bench.rows({ sql: 'select * from t order by id', inputs })).toEqual(expected)
        const sink = sinkOf(join(bench.folder, `hollow-${++outputs}`), columns)
        const written = await bench.session.write(query('select * from t', inputs), sink, never)
        const files = { t: scanOf(written, fieldsOf(columns)) }
        expect(await bench.rows({ sql: 'select * from t order by id', inputs: files })).toEqual(expected)
      },
    ),
    { numRuns: 4, examples: [[4500, 3, 12_345]] },
  )
})
