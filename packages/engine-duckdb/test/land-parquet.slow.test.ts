import { statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns, Landed, RawFile } from '@millrace/core'
import { type Bench, failure, fieldsOf, never, openBench, query, sinkOf } from './bench-session.ts'
import type { Row } from '../src/index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

let puts = 0

/** A Parquet file of what a select yields. */
async function put(sql: string): Promise<RawFile> {
  const path = join(bench.folder, `in-${++puts}.parquet`)
  await bench.session.export(query(sql), { path, format: 'parquet' }, never)
  return { path, bytes: statSync(path).size, header: [] }
}

interface Outcome {
  readonly landed: Landed
  readonly rows: readonly Row[]
  readonly rejects: readonly unknown[]
}

async function land(columns: Columns, ...files: readonly RawFile[]): Promise<Outcome> {
  const sink = sinkOf(join(bench.folder, `out-${++puts}`), columns)
  const landed = await bench.session.land({ via: 'raw', format: 'parquet', columns, files, options: {} }, sink, never)
  const fields = fieldsOf(columns)
  const groups = [{ fields, files: landed.files }]
  const table = { via: 'files', fields, groups, total: { files: 0, rows: 0, bytes: 0 } } as const
  const rows = await bench.rows(query('select * from t order by all', { t: table }))
  const rejects =
    landed.rejects === null ? [] : await bench.rows(query('from r order by file, line', { r: landed.rejects }))
  expect(landed.rowsIn).toBe(landed.rows + landed.rejected)
  return { landed, rows, rejects: rejects.map((one) => Object.values(one)) }
}

const one = (type: Columns[string]['type']): Columns => ({ n: { type: 'int32' }, v: { type } })

/** Lands values of a type in a column of another: what became of each, null for a reject. */
async function become(values: string, type: Columns[string]['type']): Promise<readonly unknown[]> {
  const file = await put(`select row_number() over ()::int as n, v from (select unnest(${values}) as v)`)
  const { rows, rejects } = await land(one(type), file)
  const landed = new Map(rows.map((row) => [row['n'], row['v']]))
  return Array.from({ length: rows.length + rejects.length }, (_, i) => landed.get(i + 1) ?? null)
}

describe('landing Parquet', () => {
  test('a file whose structs have fields without a name is refused by its path', async () => {
    const path = join(import.meta.dirname, 'fixtures/unnamed-field.parquet')
    const landing = land({ id: { type: 'int64' } }, { path, bytes: statSync(path).size, header: [] })
    expect(await failure(landing)).toMatchObject([
      { code: 'files/unreadable', params: { path, problem: expect.stringContaining('without a name') as string } },
    ])
  })

  test('values that do not fit are rejects with the number of their row, the others land', async () => {
    const file = await put(
      `select i as id, case when i = 3 then 2.5 else i::double end as amount, 'x' || i as name from range(1, 6) t(i)`,
    )
    const { rows, rejects } = await land(
      { id: { type: 'int64' }, amount: { type: 'int32' }, name: { type: 'string' } },
      file,
    )
    expect(rows.map((row) => row['amount'])).toEqual([1, 2, 4, 5])
    expect(rejects).toEqual([
      [file.path, 3n, 'amount', '{"id":3,"amount":"2.5","name":"x3"}', 'cast: 2.5 is no INTEGER'],
    ])
  })

  test('a reject keeps the whole record as JSON, with every digit', async () => {
    const file =
      await put(`select 9007199254740993 as id, 1.50::decimal(9,2) as price, 'nan'::double as ratio, null::date as day,
      timestamptz '2026-01-01 08:00:00+00' as at, 'ab'::blob as bytes, [{ 'a': 1 }] as list, 'x' as name, true as ok, 1 as path, 2 as label, 3 as fault`)
    const { rejects } = await land({ name: { type: 'int64' } }, file)
    expect(rejects.map((each) => (each as unknown[])[3])).toEqual([
      '{"id":9007199254740993,"price":"1.50","ratio":"nan","day":null,"at":"2026-01-01 08:00:00+00","bytes":"ab",' +
        '"list":[{"a":1}],"name":"x","ok":true,"path":1,"label":2,"fault":3}',
    ])
  })

  test.each([
    ['[1.0, 1.5, 3e9]::double[]', 'int32', [1, null, null]],
    ['[127, 128]::int[]', 'int8', [127, null]],
    ['[1.2340, 1.235]::decimal(9,4)[]', 'decimal(5,2)', [null, null]],
    ['[1.2300, 999.99, 1000]::decimal(9,4)[]', 'decimal(5,2)', ['1.23', '999.99', null]],
    ['[1.1, 1.005, 0.25]::double[]', 'decimal(5,2)', ['1.10', null, '0.25']],
    ['[0.1, 1e39]::double[]', 'float32', [Math.fround(0.1), null]],
    ["['7', '1.5', 'x', '2.0']", 'int64', [7n, null, null, 2n]],
    ["[timestamp '2026-01-31', timestamp '2026-01-31 12:00']", 'date', ['2026-01-31', null]],
    [
      "['2026-01-31 12:00:00.123456789', '2026-01-31 12:00:00.123456']::timestamp_ns[]",
      'timestamp',
      [null, '2026-01-31T12:00:00.123456'],
    ],
    ["[timestamptz '2026-01-31 12:00:00+02']", 'timestamp', ['2026-01-31T10:00:00']],
    ["[date 'infinity', date '2026-01-31', date '-infinity']", 'date', [null, '2026-01-31', null]],
    ["[timestamp '-infinity', timestamp '2026-01-31']", 'timestamp', [null, '2026-01-31T00:00:00']],
    ["[timestamp 'infinity', timestamp '2026-01-31']", 'date', [null, '2026-01-31']],
    ["[timestamptz 'infinity', null]", 'timestamptz', [null, null]],
    ["['infinity', '2026-01-31']::timestamp_ns[]", 'timestamp_ns', [null, '2026-01-31T00:00:00']],
    ["[[date 'infinity'], [date '2026-01-31', null]]", { list: 'date' }, [null, ['2026-01-31', null]]],
    ["[date 'infinity', date '2026-01-31']", 'string', ['infinity', '2026-01-31']],
    ['[[1.0, 2], [1.5]]::double[][]', { list: 'int32' }, [[1, 2], null]],
    [
      "[{'x': 1.0, 'y': null}, {'x': 1.5, 'y': null}, {'x': 1.0, 'y': 2}]::struct(x double, y int)[]",
      { struct: { x: { type: 'int32' }, z: { type: 'string' } } },
      [{ x: 1, z: null }, null, null],
    ],
    [
      "[[{'x': 1, 'y': null}], [{'x': 2, 'y': 2}]]::struct(x int, y int)[][]",
      { list: { struct: { x: { type: 'int32' } } } },
      [[{ x: 1 }], null],
    ],
    [
      "[map{'a': 1.0}, map{'a': 2.5}]::map(varchar, double)[]",
      { map: ['string', 'int64'] },
      [new Map([['a', 1n]]), null],
    ],
    ['[1, 2]::bigint[]', 'timestamp', [null, null]],
    ["['ab'::blob, 'abc'::blob]", 'fixed(2)', [new Uint8Array(Buffer.from('ab')), null]],
    ["['{\"a\":1}', '{']", 'json', [{ a: 1 }, null]],
    ['[1, 255]::utinyint[]', 'int8', [1, null]],
  ] as const)('%s as %j', async (values, type, expected) => {
    const found = await become(values, type)
    const bytes = (value: unknown): unknown => (value instanceof Uint8Array ? new Uint8Array(value) : value)
    expect(found.map(bytes)).toEqual(expected)
  })

  test('a row with infinity is a reject that says so', async () => {
    const file = await put(
      `select i as id, case when i = 2 then date 'infinity' else date '2026-01-31' end as d from range(1, 4) t(i)`,
    )
    const { rows, rejects } = await land({ id: { type: 'int64' }, d: { type: 'date' } }, file)
    expect(rows.map((row) => row['id'])).toEqual([1n, 3n])
    expect(rejects).toEqual([[file.path, 2n, 'd', '{"id":2,"d":"infinity"}', 'cast: infinity is no DATE']])
  })

  test('files of other columns and types land together: by name, missing columns empty', async () => {
    const first = await put(`select 1 as id, 'a' as name`)
    const second = await put(`select 'two' as NAME, 2::bigint as extra, '2' as id union all select 'bad', 3, 'x'`)
    const { rows, rejects } = await land(
      { id: { type: 'int64' }, name: { type: 'string' }, day: { type: 'date' } },
      first,
      second,
    )
    expect(rows).toEqual([
      { id: 1n, name: 'a', day: null },
      { id: 2n, name: 'two', day: null },
    ])
    expect(rejects).toEqual([[second.path, 2n, 'id', '{"NAME":"bad","extra":3,"id":"x"}', 'cast: x is no BIGINT']])
  })

  test('a missing value in a required column is a reject, also where the column is missing', async () => {
    const columns: Columns = { id: { type: 'int64', required: true } }
    const { rows, rejects } = await land(
      columns,
      await put('select unnest([1, null]) as id'),
      await put('select 1 as other'),
    )
    expect(rows).toEqual([{ id: 1n }])
    expect(rejects.map((each) => (each as unknown[]).slice(1))).toEqual([
      [2n, 'id', '{"id":null}', 'required: the column has no value'],
      [1n, 'id', '{"other":1}', 'required: the column has no value'],
    ])
  })

  test('a file that was cut is refused by name', async () => {
    const file = await put('select i from range(10000) t(i)')
    truncateSync(file.path, file.bytes >> 1)
    await expect(land({ i: { type: 'int64' } }, { ...file, bytes: file.bytes >> 1 })).rejects.toMatchObject({
      issues: [{ code: 'files/unreadable', params: { path: file.path } }],
    })
  })

  // Written by pyarrow: a struct with the decimal256(50,4) 1.50, which DuckDB reads as 25165824.
  test('decimals of more digits than a column can hold refuse their file, also when it is only looked at', async () => {
    const path = join(import.meta.dirname, 'fixtures/decimal256.parquet')
    const file = { path, bytes: statSync(path).size, header: [] }
    const refusal = { issues: [{ code: 'files/too-many-digits', params: { path, column: 'price', digits: 50 } }] }
    await expect(land({ id: { type: 'int64' } }, file)).rejects.toMatchObject(refusal)
    const scan = { via: 'raw', format: 'parquet', columns: {}, files: [file], options: {} } as const
    await expect(bench.session.describe(query('from f', { f: scan }))).rejects.toMatchObject(refusal)
  })
})
