import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns, Landed, RawScan } from '@millrace/core'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { type Bench, fieldsOf, never, openBench, query, sinkOf } from './bench-session.ts'
import type { Row } from '../src/index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

const orders: Columns = { id: { type: 'int64' }, name: { type: 'string' }, day: { type: 'date' } }
let puts = 0

function put(content: string | Buffer, extension = 'csv'): { path: string; bytes: number } {
  const path = join(bench.folder, `in-${++puts}.${extension}`)
  writeFileSync(path, content)
  return { path, bytes: Buffer.byteLength(content) }
}

interface Outcome {
  readonly landed: Landed
  readonly rows: readonly Row[]
  readonly rejects: readonly Row[]
}

async function land(
  scan: Omit<RawScan, 'via' | 'options'> & { readonly options?: RawScan['options'] },
): Promise<Outcome> {
  const prefix = join(bench.folder, `out-${++puts}`)
  const landed = await bench.session.land({ via: 'raw', options: {}, ...scan }, sinkOf(prefix, scan.columns), never)
  const fields = fieldsOf(scan.columns)
  const table = {
    via: 'files',
    fields,
    groups: [{ fields, files: landed.files }],
    total: { files: 0, rows: 0, bytes: 0 },
  } as const
  const rows = await bench.rows(query('select * from t order by all', { t: table }))
  const rejects =
    landed.rejects === null ? [] : await bench.rows(query('select * from r order by line', { r: landed.rejects }))
  expect(landed.rowsIn).toBe(landed.rows + landed.rejected)
  expect(rejects.length).toBe(landed.rejected)
  return { landed, rows, rejects }
}

const csv = (text: string | Buffer, columns: Columns = orders, extension = 'csv'): Promise<Outcome> =>
  land({ format: 'csv', columns, files: [{ ...put(text, extension), header: ['id', 'name', 'day'] }] })

const head = 'id,name,day\n'
const brief = (rejects: readonly Row[]): readonly unknown[] =>
  rejects.map((r) => [r['line'], r['column'], r['raw'], r['reason']])

describe('landing delimited files', () => {
  test('good records become rows; empty text stays apart from a missing value', async () => {
    const { rows, landed } = await csv(`${head}1,a,2026-01-01\n2,,\n3,"",2026-01-02\n4,"q""q, r\nx",\n`)
    expect(rows).toEqual([
      { id: 1n, name: 'a', day: '2026-01-01' },
      { id: 2n, name: null, day: null },
      { id: 3n, name: '', day: '2026-01-02' },
      { id: 4n, name: 'q"q, r\nx', day: null },
    ])
    expect(landed.rejected).toBe(0)
  })

  test('a value that does not convert rejects its line alone, once, with physical line and raw text', async () => {
    const { rows, rejects } = await csv(`${head}1,"two\nlines",\nx,b,y\n\n3,c,2026-13-01\n4,d,\n`)
    expect(rows.map((row) => row['id'])).toEqual([1n, 4n])
    expect(brief(rejects)).toEqual([
      [4n, 'id', 'x,b,y', 'cast: "x" is no BIGINT'],
      [6n, 'day', '3,c,2026-13-01', 'cast: "2026-13-01" is no DATE'],
    ])
  })

  test('a quote that never closes costs its own line, not the rest of the file', async () => {
    const { rows, rejects } = await csv(`${head}1,"a,2026-01-01\n2,b,\n3,c,\n`)
    expect(rows.map((row) => row['id'])).toEqual([2n, 3n])
    expect(brief(rejects)).toEqual([[2n, null, '1,"a,2026-01-01', 'quote: a quoted field does not close']])
  })

  test('a quote that closes in a later record costs its own line', async () => {
    const { rows, rejects } = await csv(`${head}1,"a,2026-01-01\n2,"b",\n3,c,\n`)
    expect(rows.map((row) => row['id'])).toEqual([2n, 3n])
    expect(rejects.map((r) => r['line'])).toEqual([2n])
  })

  test('too few and too many fields, bad UTF-8 and a second header are rejects', async () => {
    const text = Buffer.concat([
      Buffer.from(`${head}1,a\n2,b,,9\n3,`),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(`,\n${head}5,e,\n`),
    ])
    const { rows, rejects } = await csv(text)
    expect(rows.map((row) => row['id'])).toEqual([5n])
    expect(rejects.map((r) => [r['line'], r['reason']])).toEqual([
      [2n, 'columns: expected 3, found 2'],
      [3n, 'columns: expected 3, found 4'],
      [4n, 'encoding: the record is not valid UTF-8'],
      [5n, 'cast: "id" is no BIGINT'],
    ])
  })

  test('a value under no name is a reject that says how to keep it, unless new columns are ignored', async () => {
    const text = 'id,name,\n1,a,\n2,b,lost\n3,c,  \n4,d,2026-01-01\n'
    const header = ['id', 'name', '']
    const columns: Columns = { id: { type: 'int64' }, name: { type: 'string' } }
    const unnamed = async (content: string, options: RawScan['options'] = {}): Promise<readonly unknown[]> => {
      const { rows, rejects } = await land({ format: 'csv', columns, options, files: [{ ...put(content), header }] })
      return [rows.map((row) => row['id']), brief(rejects)]
    }
    const reason = (value: string): string => `unnamed: "${value}" stands under no name; a column column3 would keep it`
    const rejected = [
      [3n, null, '2,b,lost', reason('lost')],
      [5n, null, '4,d,2026-01-01', reason('2026-01-01')],
    ]
    expect(await unnamed(text)).toEqual([[1n, 3n], rejected])
    // The same where the whole file goes the exact way.
    expect(await unnamed(`${text}5,"e" e,\n`)).toEqual([
      [1n, 3n],
      [...rejected, [6n, null, '5,"e" e,', expect.any(String)]],
    ])
    expect(await unnamed(text, { newColumns: 'ignore' })).toEqual([[1n, 2n, 3n, 4n], []])
  })

  test('line ends may be mixed', async () => {
    const { rows, landed } = await csv('id,name,day\r\n1,a,\n2,b,\r\n3,"x\r\ny",\n')
    expect(rows.map((row) => row['name'])).toEqual(['a', 'b', 'x\r\ny'])
    expect(landed.rejected).toBe(0)
  })

  test('a missing value in a required column is a reject', async () => {
    const columns: Columns = { ...orders, name: { type: 'string', required: true } }
    const { rows, rejects } = await csv(`${head}1,a,\n2,,\n`, columns)
    expect(rows.map((row) => row['id'])).toEqual([1n])
    expect(brief(rejects)).toEqual([[3n, 'name', '2,,', 'required: the column has no value']])
  })

  test('only a bad file goes the exact way, the others are not touched by it', async () => {
    const header = ['id', 'name', 'day']
    const [good, bad] = [put(`${head}1,a,\n`), put(`${head}2,"b,\n3,c,\n`)]
    const out = await land({
      format: 'csv',
      columns: orders,
      files: [
        { ...good, header },
        { ...bad, header },
      ],
    })
    expect(out.rows.map((row) => row['id'])).toEqual([1n, 3n])
    expect(out.rejects.map((r) => [r['file'], r['line']])).toEqual([[bad.path, 2n]])
  })

  test('files with other headers land in one go: by name, missing columns empty', async () => {
    const files = [
      { ...put('id,name\n1,a\n'), header: ['id', 'name'] },
      { ...put('Day,ignored,ID\n2026-01-02,zz,2\n'), header: ['Day', 'ignored', 'ID'] },
    ]
    const { rows } = await land({ format: 'csv', columns: orders, files })
    expect(rows).toEqual([
      { id: 1n, name: 'a', day: null },
      { id: 2n, name: null, day: '2026-01-02' },
    ])
  })

  test('compressed files land; a cut one is refused by name', async () => {
    const text = head + Array.from({ length: 5000 }, (_, i) => `${i},name ${i},`).join('\n')
    expect((await csv(gzipSync(text), orders, 'csv.gz')).landed.rows).toBe(5000)
    expect((await csv(zstdCompressSync(Buffer.from(text)), orders, 'csv.zst')).landed.rows).toBe(5000)
    const whole = gzipSync(text)
    await expect(csv(whole.subarray(0, whole.length >> 1), orders, 'csv.gz')).rejects.toMatchObject({
      issues: [{ code: 'files/unreadable' }],
    })
  })

  test('a vanished file is named', async () => {
    const files = [{ path: join(bench.folder, 'gone.csv'), bytes: 5, header: ['id', 'name', 'day'] }]
    await expect(land({ format: 'csv', columns: orders, files })).rejects.toMatchObject({
      issues: [{ code: 'engine/input-vanished', params: { path: files[0]?.path } }],
    })
  })

  test('a long raw text of a reject is whole, and a record beyond the fast reader lands', async () => {
    const long = 'z'.repeat(30_000)
    const { rejects } = await csv(`${head}x,${long},\n1,a,\n`)
    expect(rejects[0]?.['raw']).toBe(`x,${long},`)
    const { rows } = await csv(`${head}1,${'y'.repeat(3_000_000)},\n2,b,\n`)
    expect(rows.map((row) => (typeof row['name'] === 'string' ? row['name'].length : 0))).toEqual([3_000_000, 1])
  })

  test('nothing after a line of many megabytes is lost', async () => {
    const { rows, landed } = await csv(`${head}1,${'y'.repeat(12_000_000)},\n2,b,\n3,c,\n`)
    expect(rows.map((row) => row['id'])).toEqual([1n, 2n, 3n])
    expect(landed.rowsIn).toBe(3)
  })

  test('a thousand columns land both ways, NUL is text', async () => {
    const header = Array.from({ length: 1000 }, (_, i) => `c${i}`)
    const columns: Columns = Object.fromEntries(
      header.map((name, i) => [name, { type: i % 2 === 0 ? 'int64' : 'string' }]),
    )
    const line = header.map((_, i) => (i % 2 === 0 ? i : 'a\0b')).join(',')
    for (const tail of ['', '1,2\n']) {
      const { landed } = await land({
        format: 'csv',
        columns,
        files: [{ ...put(`${header.join(',')}\n${line}\n${line}\n${tail}`), header }],
      })
      expect([landed.rows, landed.rejected]).toEqual([2, tail === '' ? 0 : 1])
    }
  })

  test('a semicolon, a decimal comma and a date format are taken as declared', async () => {
    const columns: Columns = { id: { type: 'int64' }, amount: { type: 'decimal(9,2)' }, day: { type: 'date' } }
    const options = { delimiter: ';', decimal: ',', dateFormat: '%d.%m.%Y' }
    const header = ['id', 'amount', 'day']
    const text = 'id;amount;day\n1;12,50;31.01.2026\n2;-0,01;\n'
    const fast = await land({ format: 'csv', columns, options, files: [{ ...put(text), header }] })
    const exact = await land({ format: 'csv', columns, options, files: [{ ...put(`${text}3;"x\n`), header }] })
    expect(fast.rows).toEqual([
      { id: 1n, amount: '12.50', day: '2026-01-31' },
      { id: 2n, amount: '-0.01', day: null },
    ])
    expect(exact.rows).toEqual(fast.rows)
  })

  test('JSON and nested values inside fields are kept as declared', async () => {
    const columns: Columns = { id: { type: 'int64' }, doc: { type: 'json' }, tags: { type: { list: 'string' } } }
    const text = 'id,doc,tags\n1,"{""a"": [1]}","[""x""]"\n2,{broken,\n3,,\n'
    const { rows, rejects } = await land({
      format: 'csv',
      columns,
      files: [{ ...put(text), header: ['id', 'doc', 'tags'] }],
    })
    expect(rows).toEqual([
      { id: 1n, doc: { a: [1] }, tags: ['x'] },
      { id: 3n, doc: null, tags: null },
    ])
    expect(brief(rejects)).toEqual([[3n, 'doc', '2,{broken,', 'cast: "{broken" is no JSON']])
  })

  test.each([
    ['doubled quotes', {}, `1,"x, y","[1.10, ""a""]",z`],
    ['a backslash', { escape: '\\' }, String.raw`1,"x, y","[1.10, \"a\"]",z`],
    ['no quotes', { delimiter: ';', quote: '' }, '1;x, y;[1.10, "a"];z'],
    ['quotes only where needed', { delimiter: ';' }, '1;x, y;[1.10, "a"];"z"'],
  ])('nested values between other fields, with %s', async (_, options, record) => {
    const columns: Columns = {
      id: { type: 'int64' },
      a: { type: 'string' },
      tags: { type: { list: 'string' } },
      z: { type: 'string' },
    }
    const files = [{ ...put(`${record}\n`), header: ['id', 'a', 'tags', 'z'] }]
    const { rows } = await land({ format: 'csv', columns, files, options: { header: false, ...options } })
    expect(rows).toEqual([{ id: 1n, a: 'x, y', tags: ['1.10', 'a'], z: 'z' }])
  })

  test('more rejects than fit in an answer come as a file', async () => {
    const { landed, rejects } = await csv(head + Array.from({ length: 10_500 }, (_, i) => `x${i},a,`).join('\n'))
    expect(landed.rejects?.via).toBe('raw')
    expect(rejects.length).toBe(10_500)
  })

  test('an empty file and a lone header are no rows', async () => {
    expect((await csv('')).landed.rowsIn).toBe(0)
    expect((await csv(head)).landed.rowsIn).toBe(0)
  })
})

describe('landing JSON', () => {
  const columns: Columns = {
    a: { type: 'int64' },
    s: { type: { struct: { x: { type: 'int32' } } } },
    j: { type: 'json' },
  }
  const json = (text: string | Buffer, options: RawScan['options'] = {}): Promise<Outcome> =>
    land({ format: 'json', columns, options, files: [{ ...put(text, 'jsonl'), header: [] }] })

  test('good lines land with nested values', async () => {
    const { rows } = await json('{"a":1,"s":{"x":2},"j":{"k":[1,null]}}\n\n{"a":2}\n')
    expect(rows).toEqual([
      { a: 1n, s: { x: 2 }, j: { k: [1, null] } },
      { a: 2n, s: null, j: null },
    ])
  })

  test('each bad line is a reject with its number, text and reason; the good ones go on', async () => {
    const text = '{"a":1,"s":{"x":2}}\n{"a":"x"}\n5\n{"a":3\n{"a":4,"s":"no"}\n{"a":null,"j":7}\n'
    const { rows, rejects } = await json(text)
    expect(rows).toEqual([
      { a: 1n, s: { x: 2 }, j: null },
      { a: null, s: null, j: 7 },
    ])
    expect(brief(rejects)).toEqual([
      [2n, 'a', '{"a":"x"}', 'cast: "x" is no BIGINT'],
      [3n, null, '5', 'json: the line is no JSON object'],
      [4n, null, '{"a":3', 'json: the line is no JSON object'],
      [5n, 's', '{"a":4,"s":"no"}', 'cast: ""no"" is no STRUCT("x" INTEGER)'],
    ])
  })

  test('a value under an empty key has no column: its record is a reject, unless such values are left out', async () => {
    const text = '{"a":1}\n{"a":2,"":5}\n{"": 6, "a": 3}\n{"a":4,"j":{"":7}}\n'
    const { rows, rejects } = await json(text)
    expect(rows.map((row) => row['a'])).toEqual([1n, 4n])
    expect(brief(rejects)).toEqual([
      [2n, null, '{"a":2,"":5}', 'json: a value has no name'],
      [3n, null, '{"": 6, "a": 3}', 'json: a value has no name'],
    ])
    const ignored = await json(text, { newColumns: 'ignore' })
    expect(ignored.rows.map((row) => row['a'])).toEqual([1n, 2n, 3n, 4n])
  })

  test('arrays of objects land, their elements numbered in rejects', async () => {
    const { rows, rejects } = await json('[{"a":1},\n{"a":"x"},{"a":3}]', { layout: 'array' })
    expect(rows.map((row) => row['a'])).toEqual([1n, 3n])
    expect(rejects.map((r) => [r['line'], r['column']])).toEqual([[2n, 'a']])
  })
})
