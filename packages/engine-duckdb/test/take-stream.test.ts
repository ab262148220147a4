// Arrow that somebody else wrote: what is taken, exactly, and what is refused, in words that help. The files are pyarrow's.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Columns, DataType } from '@millrace/core'
import { columnOf } from '../src/arrow/build.ts'
import type { ArrowColumn } from '../src/arrow/column.ts'
import { writeStream } from '../src/arrow/write-stream.ts'
import { batchOf, type Row, rowsOf, StreamError, TakeError, takeStream } from '../src/index.ts'

const file = (name: string): Uint8Array => readFileSync(join(import.meta.dirname, 'fixtures', `${name}.arrow`))
const typed = (types: Readonly<Record<string, DataType>>): Columns =>
  Object.fromEntries(Object.entries(types).map(([name, type]) => [name, { type }]))

/** The rows, or what is said instead of them. */
function taken(columns: Columns, bytes: Uint8Array): unknown {
  try {
    return rowsOf(takeStream(columns, bytes))
  } catch (error) {
    if (error instanceof StreamError) return error.problems.map(({ problem }) => problem)
    if (!(error instanceof TakeError)) throw error
    const { row, target, value, problem } = error
    return { row, path: target.path, value, problem }
  }
}

const given = (types: Readonly<Record<string, DataType>>, rows: readonly Row[]): Uint8Array =>
  batchOf(typed(types), rows).arrow
const one = (type: DataType, value: Row[string]): Uint8Array => given({ v: type }, [{ v: value }])

test('what pyarrow lays out otherwise is taken exactly', () => {
  const columns = typed({
    large_string: 'string',
    large_binary: 'binary',
    large_list: { list: 'int64' },
    fixed_list: { list: 'int32' },
    nothing: { struct: { a: { type: 'date' } } },
    list_of_nothing: { list: 'uuid' },
    u8: 'int16',
    u16: 'int64',
    u32: 'decimal(12,2)',
    s: 'timestamp',
    ms: 'timestamptz_ns',
    ns: 'timestamptz_ns',
    date64: 'date',
    time32: 'time',
    time64: 'time',
    text: 'json',
  })
  expect(taken(columns, file('exact'))).toEqual([
    {
      large_string: 'a',
      large_binary: Uint8Array.of(0, 255),
      large_list: [1n, null],
      fixed_list: [1, 2],
      nothing: null,
      list_of_nothing: [null],
      u8: 255,
      u16: 65_535n,
      u32: '4294967295.00',
      s: '1970-01-01T00:00:00',
      ms: '1970-01-01T00:00:00.005000000Z',
      ns: '1970-01-01T00:00:00.000000005Z',
      date64: '1969-12-31',
      time32: '00:00:00.001000',
      time64: '00:00:00.000001',
      text: { a: [1, 2] },
    },
    Object.fromEntries(Object.keys(columns).map((name) => [name, null])),
    {
      large_string: 'ä😀',
      large_binary: new Uint8Array(0),
      large_list: [],
      fixed_list: [3, null],
      nothing: null,
      list_of_nothing: [],
      u8: 0,
      u16: 0n,
      u32: '0.00',
      s: '2026-01-01T00:00:00',
      ms: '2026-01-01T00:00:00.005000000Z',
      ns: '2026-01-01T00:00:00.000000005Z',
      date64: '2026-01-01',
      time32: '23:59:59.999000',
      time64: '23:59:59.999999',
      text: null,
    },
  ])
})

test('values behind a null stay there', () => {
  const columns = typed({
    id: 'int32',
    st: { struct: { a: { type: 'int64' }, b: { type: { list: 'string' } } } },
    l: { list: 'int8' },
  })
  expect(taken(columns, file('hollow'))).toEqual([
    { id: 0, st: null, l: [0, 1] },
    { id: 1, st: { a: 1n, b: ['1'] }, l: null },
    { id: 2, st: null, l: [4, 5] },
    { id: 3, st: { a: 3n, b: ['3'] }, l: null },
  ])
})

test('columns are found whatever their case and order; one that is missing is null', () => {
  const bytes = given({ B: 'string', A: { struct: { Y: { type: 'int8' } } } }, [{ B: 'b', A: { Y: 1 } }])
  const columns = typed({ a: { struct: { x: { type: 'date' }, y: { type: 'int8' } } }, b: 'string', c: 'json' })
  expect(taken(columns, bytes)).toEqual([{ a: { x: null, y: 1 }, b: 'b', c: null }])
})

test('all that is wrong with the columns is told at once', () => {
  const bytes = given(
    { a: 'string', A: 'string', id: 'string', l: { list: 'float64' }, zz: 'int8', ts: 'timestamp' },
    [],
  )
  const columns: Columns = {
    ...typed({ a: 'string', id: 'int64', l: { list: 'int32' }, ts: 'timestamptz' }),
    must: { type: 'int8', required: true },
  }
  expect(taken(columns, bytes)).toEqual([
    'it has a column "A" and another that differs from it in case alone',
    'it has a column "zz" that its table does not have',
    'column id is of type string, and its table declares int64',
    'column l.element is of type float64, and its table declares int32',
    'column ts is of type timestamp, and its table declares timestamptz',
    'column must is missing, and its table requires it',
  ])
})

test('two columns of one name are refused, at any depth', () => {
  // Names of one length: the second is renamed in the bytes.
  const renamed = (bytes: Uint8Array): Uint8Array =>
    Buffer.from(Buffer.from(bytes).toString('latin1').replace('name2', 'name1'), 'latin1')
  const names = { name1: 'int64', name2: 'int64', s: 'string' } as const
  expect(taken(typed(names), renamed(given(names, [])))).toEqual(['it has a column "name1" twice'])
  const inner: DataType = { list: { struct: { name1: { type: 'int8' }, name2: { type: 'int8' } } } }
  expect(taken({ l: { type: inner } }, renamed(given({ l: inner }, [])))).toEqual(['l.element has "name1" twice'])
})

test.each([
  ['int64', 'int8', 128n, { value: '128', problem: 'does not fit 8 bits' }],
  ['uint64', 'int64', 2n ** 63n, { value: `${2n ** 63n}`, problem: 'does not fit 64 bits' }],
  [
    'decimal(12,3)',
    'decimal(12,2)',
    '1.125',
    { value: '"1.125"', problem: 'does not fit a decimal with 2 fraction digits' },
  ],
  ['timestamp_ns', 'timestamp', '2026-01-01T00:00:00.000000001', { problem: 'is not a timestamp' }],
  ['timestamp', 'timestamp_ns', '2500-01-01T00:00:00', { problem: 'does not fit 64 bits of nanoseconds' }],
  ['string', 'json', '{', { value: '"{"', problem: 'is not JSON' }],
  ['binary', 'fixed(2)', Uint8Array.of(1), { value: 'bytes (1)', problem: 'is not 2 bytes' }],
] as const)('a value of %s that %s cannot hold is told with its row', (from, to, value, said) => {
  expect(taken({ v: { type: to } }, given({ v: from }, [{ v: null }, { v: value }]))).toMatchObject({
    row: 1,
    path: 'v',
    ...said,
  })
  const lists = given({ v: { list: from } }, [{ v: [null, null] }, { v: [] }, { v: null }, { v: [null, value] }])
  expect(taken({ v: { type: { list: to } } }, lists)).toMatchObject({ row: 3, path: 'v.element', ...said })
})

test.each([
  ['int8', 'int64', 7, 7n],
  ['int64', 'uint64', 7n, 7n],
  ['int32', 'decimal(5,2)', 7, '7.00'],
  ['decimal(5,3)', 'decimal(4,2)', '1.250', '1.25'],
  ['decimal(4,2)', 'decimal(10,2)', '1.25', '1.25'],
  ['float32', 'float64', 0.5, 0.5],
  ['timestamp', 'timestamp_ns', '2026-01-01T00:00:00.000001', '2026-01-01T00:00:00.000001000'],
  ['timestamptz_ns', 'timestamptz', '2026-01-01T00:00:00.000001000Z', '2026-01-01T00:00:00.000001Z'],
  ['fixed(2)', 'binary', Uint8Array.of(1, 2), Uint8Array.of(1, 2)],
] as const)('a value of %s goes into %s', (from, to, value, kept) => {
  expect(taken({ v: { type: to } }, one(from, value))).toEqual([{ v: kept }])
})

/** A stream of one column with bytes that no writer of ours makes. */
const odd = (type: DataType, column: Partial<ArrowColumn>, value: unknown): Uint8Array =>
  writeStream({ v: { type } }, [{ rows: 1, columns: [{ ...columnOf(type, [value]), ...column }] }])

test('bytes that are no value of their type are refused', () => {
  const keys = (list: readonly (string | null)[]): Uint8Array => {
    const type: DataType = { map: ['string', 'int8'] }
    const children = [
      columnOf('string', list),
      columnOf(
        'int8',
        list.map(() => 1),
      ),
    ]
    return odd(type, { offsets: Int32Array.of(0, list.length), children }, new Map())
  }
  const v = (type: DataType): Columns => ({ v: { type } })
  expect(taken(v('string'), odd('string', { values: Uint8Array.of(0xff, 0xfe) }, 'ab'))).toMatchObject({
    problem: 'is not text in UTF-8',
  })
  expect(taken(v('time'), odd('time', { values: new Uint8Array(8).fill(9) }, '10:00'))).toMatchObject({
    problem: 'is not a time of day; the last one is 23:59:59.999999',
  })
  const long = columnOf('decimal(9,2)', ['1000000.00']).values
  expect(taken(v('decimal(4,2)'), odd('decimal(4,2)', { values: long }, '1.00'))).toEqual({
    row: 0,
    path: 'v',
    value: '1000000.00',
    problem: 'does not fit 4 digits',
  })
  const map: DataType = { map: ['string', 'int8'] }
  expect(taken(v(map), keys(['a', 'b', 'a']))).toMatchObject({
    path: 'v',
    value: '"a"',
    problem: 'is a key of one map twice',
  })
  expect(taken(v(map), keys(['a', null]))).toMatchObject({ value: 'null', problem: 'is no key of a map' })
})

describe('a stream that is none, or another one', () => {
  const columns = typed({ id: 'int64' })
  const good = given({ id: 'int64' }, [{ id: 7n }])
  test.each([
    ['text', Buffer.from('hello world, this is not arrow'), 'it does not begin as an Arrow stream does'],
    ['nothing', new Uint8Array(0), 'it is empty'],
    ['a file', file('file'), 'it is an Arrow file'],
    ['a compressed one', file('zstd'), 'it is compressed'],
    ['one and another', Buffer.concat([good, good]), `${good.byteLength} bytes follow its end`],
    ['one without its schema', good.subarray(readHead(good)), 'it does not begin with a schema'],
  ] as const)('%s is refused', (_, bytes, problem) => {
    expect(taken(columns, bytes)).toEqual([problem])
  })

  test('types that are not taken are named, all of them, with what to do', () => {
    const error = caught(() => takeStream(columns, file('dictionary')))
    expect(error).toBeInstanceOf(StreamError)
    expect(error).toMatchObject({
      problems: [
        {
          problem: 'column s is of type dictionary, which is not taken',
          fix: expect.stringContaining('.cast(') as string,
        },
        {
          problem: 'column v is of type string_view, which is not taken',
          fix: expect.stringContaining('string') as string,
        },
      ],
    })
  })
})

/** Where the first message of a stream ends. */
function readHead(bytes: Uint8Array): number {
  return 8 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(4, true)
}

function caught(work: () => unknown): unknown {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}

const types: Readonly<Record<string, DataType>> = {
  id: 'int64',
  s: 'string',
  b: 'boolean',
  d: 'decimal(12,2)',
  l: { list: { struct: { x: { type: 'int32' }, j: { type: 'json' } } } },
  m: { map: ['string', 'timestamptz'] },
}

/** A stream of several batches of rows. */
function stream(sizes: readonly number[]): { readonly bytes: Uint8Array; readonly rows: readonly Row[] } {
  const columns = typed(types)
  const rows = Array.from({ length: sizes.reduce((sum, size) => sum + size, 0) }, (_, i): Row => {
    const empty = i % 4 === 3
    return {
      id: BigInt(i),
      s: empty ? null : 'ä'.repeat(i % 9),
      b: i % 3 === 0,
      d: empty ? null : `${i}.25`,
      l: empty ? null : Array.from({ length: i % 3 }, () => (i % 2 === 0 ? null : { x: i, j: { a: i } })),
      m: new Map(i % 2 === 0 ? [] : [['k', '2026-01-01T00:00:00Z']]),
    }
  })
  let at = 0
  const batches = sizes.map((size) => {
    const part = rows.slice(at, (at += size))
    const all = Object.entries(types).map(([name, type]) =>
      columnOf(
        type,
        part.map((row) => row[name]),
      ),
    )
    return { rows: size, columns: all }
  })
  return { bytes: writeStream(columns, batches), rows }
}

test('a stream that is cut anywhere is refused, or gives the whole batches before', () => {
  const { bytes, rows } = stream([3, 0, 5])
  const cuts = Array.from({ length: bytes.byteLength }, (_, length) => taken(typed(types), bytes.subarray(0, length)))
  const isRefused = (found: unknown): boolean =>
    Array.isArray(found) && /is cut off|is empty|does not begin/.test(String(found[0]))
  // Behind the schema, behind each batch: there a writer may end, too.
  expect(cuts.filter((found) => !isRefused(found))).toEqual([[], rows.slice(0, 3), rows.slice(0, 3), rows])
})

test('a stream with bytes that are wrong is refused or read, and nothing worse happens', () => {
  const { bytes, rows } = stream([7, 6])
  const flip = fc.tuple(fc.nat(bytes.byteLength - 1), fc.integer({ min: 1, max: 255 }))
  const isTold = (found: unknown): boolean =>
    !Array.isArray(found) || typeof found[0] === 'string' || found.length <= rows.length
  fc.assert(
    fc.property(fc.array(flip, { minLength: 1, maxLength: 3 }), (flips) => {
      const wrong = bytes.slice()
      for (const [at, mask] of flips) wrong[at] = (wrong[at] ?? 0) ^ mask
      return isTold(taken(typed(types), wrong))
    }),
    { numRuns: 3000 },
  )
})

test('a wrong number anywhere in a batch is seen before a value is read', () => {
  const { bytes } = stream([7])
  const view = new DataView(bytes.buffer)
  for (let at = 0; at + 4 <= bytes.byteLength; at += 4)
    for (const wrong of [-1, 0x7fffffff, 1 << 20]) {
      const before = view.getInt32(at, true)
      view.setInt32(at, wrong, true)
      taken(typed(types), bytes)
      view.setInt32(at, before, true)
    }
})
