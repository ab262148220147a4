// Files that were written before a table's columns changed are read as the table is now: by field id, each value as it was.
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns, Field, FilesScan, Written } from '@millrace/core'
import { type Bench, failure, fieldsOf, never, openBench, query, scanOf, sinkOf } from './bench-session.ts'
import { filesSql } from '../src/scan/files.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

let outputs = 0
const out = (): string => join(bench.folder, `out-${++outputs}`)

describe('tables whose schema has moved on', () => {
  const structOf = (fields: readonly Field[]): Field => ({
    id: 3,
    name: 's',
    required: false,
    type: { struct: fields },
  })
  const listOf = (field: Field): Field => {
    const element: Field = { id: 7, name: 'element', required: false, type: { struct: [field] } }
    return { id: 6, name: 'l', required: false, type: { list: element } }
  }
  const old: readonly Field[] = [
    { id: 1, name: 'n', required: false, type: 'int32' },
    { id: 2, name: 'gone', required: false, type: 'string' },
    structOf([
      { id: 4, name: 'a', required: false, type: 'float32' },
      { id: 5, name: 'b', required: false, type: 'string' },
    ]),
    listOf({ id: 8, name: 'x y', required: false, type: 'int32' }),
  ]
  const now: readonly Field[] = [
    { id: 9, name: 'gone', required: false, type: 'string' },
    structOf([
      { id: 10, name: 'b', required: false, type: 'string' },
      { id: 4, name: 'renamed', required: false, type: 'float64' },
    ]),
    { id: 1, name: 'number', required: false, type: 'int64' },
    listOf({ id: 8, name: 'z', required: false, type: 'int64' }),
  ]

  test('fields meet by id: renamed, promoted, dropped and added again, nested too', async () => {
    const prefix = out()
    const sink = {
      via: 'files',
      prefix,
      targetBytes: 1e6,
      shape: { schemaId: 0, specId: 0, fields: old, partition: [], sort: [], compression: 'zstd' },
    } as const
    const sql = `select 7::int n, 'old' gone, {a: 0.5::float, b: 'old'} s, [{'x y': 1}, null] l union all select 8, 'o', null, null`
    const written = await bench.session.write(query(sql), sink, never)
    const scan = { ...scanOf(written, old, now), fileColumn: '_file' }
    expect(await bench.rows({ sql: 'select * from t where number >= 7 order by number', inputs: { t: scan } })).toEqual(
      [
        { gone: null, s: { b: null, renamed: 0.5 }, number: 7n, l: [{ z: 1n }, null], _file: written.files[0]?.path },
        { gone: null, s: null, number: 8n, l: null, _file: written.files[0]?.path },
      ],
    )
    expect(
      await bench.rows({ sql: 'select count(*)::int n from t where s.renamed > 0.4', inputs: { t: scan } }),
    ).toEqual([{ n: 1 }])
  })

  test('P2: a filter on a promoted column finds the rows of files that hold the older type', async () => {
    const field = (type: 'float32' | 'float64' | 'int32' | 'int64', id: number): Field => ({
      id,
      name: `c${id}`,
      required: false,
      type,
    })
    const before = [field('float32', 1), field('int32', 2)]
    const after = [field('float64', 1), field('int64', 2)]
    const file = async (fields: readonly Field[], sql: string): Promise<Written> => {
      const shape = { schemaId: 0, specId: 0, fields, partition: [], sort: [], compression: 'zstd' } as const
      return await bench.session.write(query(sql), { via: 'files', prefix: out(), targetBytes: 1e6, shape }, never)
    }
    const older = await file(before, 'select 0.1::float c1, 7::int c2 union all select 1e30::float, -1')
    const newer = await file(after, 'select 0.1::double c1, 4294967296 c2')
    const groups = [
      { fields: before, files: older.files },
      { fields: after, files: newer.files },
    ]
    const t: FilesScan = { via: 'files', fields: after, groups, total: { files: 2, rows: 3, bytes: 1 } }
    const found = async (where: string): Promise<unknown> =>
      (await bench.rows({ sql: `select c2 from t where ${where} order by c2`, inputs: { t } })).map((row) => row['c2'])
    // What a float holds for 0.1 is more than 0.1 as a double.
    expect(await found('c1 = 0.1')).toEqual([4_294_967_296n])
    expect(await found('c1 > 0.1')).toEqual([-1n, 7n])
    expect(await found('c1 >= 0.1 and c1 < 1e38')).toEqual([-1n, 7n, 4_294_967_296n])
    expect(await found('c2 < 4294967296')).toEqual([-1n, 7n])
    expect(await found('c2 in (7, 4294967296)')).toEqual([7n, 4_294_967_296n])
  })

  test('P4: a sum beyond 64 bits is written with every digit', async () => {
    const columns: Columns = { total: { type: 'decimal(38,0)' } }
    const sql = 'select sum(v) as total from (values (9223372036854775807), (9223372036854775807), (5)) t(v)'
    const written = await bench.session.write(query(sql), sinkOf(out(), columns), never)
    const t = scanOf(written, fieldsOf(columns))
    expect(await bench.rows({ sql: 'from t', inputs: { t } })).toEqual([{ total: '18446744073709551619' }])
    expect(written.files[0]?.stats[1]?.max).toBe('18446744073709551619')
  })

  test('files without field ids are read by name; a table without files is empty and typed', async () => {
    const path = join(bench.folder, 'foreign.parquet')
    await bench.session.export(
      query("select 5::int n, 'x' gone, null::struct(a float, b varchar) s"),
      { path, format: 'parquet' },
      never,
    )
    const file = { path, rows: 1, bytes: 1, partition: [], spec: 0, schema: 0, stats: {} }
    const fields = old.slice(0, 3)
    const scan = scanOf({ files: [file], rows: 1, bytes: 1 }, fields)
    expect(await bench.rows({ sql: 'select n, gone from t', inputs: { t: scan } })).toEqual([{ n: 5, gone: 'x' }])
    const empty = scanOf({ files: [], rows: 0, bytes: 0 }, now)
    expect(await bench.session.describe(query('select number, l from t', { t: empty }))).toEqual({
      number: { type: 'int64' },
      l: { type: { list: { struct: { z: { type: 'int64' } } } } },
    })
  })

  test('a join holds the smaller table in memory, however many files either has', async () => {
    const fields = fieldsOf({ k: { type: 'int64' } })
    const write = (rows: number): Promise<Written> =>
      bench.session.write(
        query(`select i as k from range(${rows}) r(i)`),
        sinkOf(out(), { k: { type: 'int64' } }),
        never,
      )
    const large = await write(200_000)
    const parts = [await write(100), await write(200), await write(300)]
    const small: Written = { files: parts.flatMap(({ files }) => files), rows: 600, bytes: 1 }
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    const planned = async (sql: string): Promise<string> =>
      String((await connection.runAndReadAll(`explain (format json) ${sql}`)).getRows()[0]?.[1])
    const estimates = (plan: string): readonly number[] =>
      [...plan.matchAll(/"Estimated Cardinality": "(\d+)"/g)].map(([, rows]) => Number(rows))
    const [largeSql, smallSql] = [filesSql(scanOf(large, fields)), filesSql(scanOf(small, fields))]
    expect(estimates(await planned(largeSql))).toContain(200_000)
    expect(estimates(await planned(smallSql))).toContain(600)
    for (const sql of [
      `from (${largeSql}) a join (${smallSql}) b using (k)`,
      `from (${smallSql}) b join (${largeSql}) a using (k)`,
    ]) {
      // The side that is held comes second.
      expect(estimates(await planned(`select count(*) ${sql}`)).slice(0, 2)).toEqual([200_000, 600])
    }
  })

  test.each([-1, 1e300, Number.NaN])('a file of which its writer says that it has %d rows is read', async (rows) => {
    const fields = fieldsOf({ k: { type: 'int64' } })
    const sink = sinkOf(out(), { k: { type: 'int64' } })
    const { files } = await bench.session.write(query('select i as k from range(3) r(i)'), sink, never)
    const scan = scanOf({ files: files.map((file) => ({ ...file, rows })), rows, bytes: 1 }, fields)
    expect(await bench.rows({ sql: 'select count(*)::int as n from t', inputs: { t: scan } })).toEqual([{ n: 3 }])
  })

  test('a vanished data file is named', async () => {
    const path = join(bench.folder, 'gone.parquet')
    const file = { path, rows: 1, bytes: 1, partition: [], spec: 0, schema: 0, stats: {} }
    expect(
      await failure(
        bench.rows({ sql: 'select * from t', inputs: { t: scanOf({ files: [file], rows: 1, bytes: 1 }, old) } }),
      ),
    ).toMatchObject([{ code: 'engine/input-vanished', params: { path } }])
  })
})
