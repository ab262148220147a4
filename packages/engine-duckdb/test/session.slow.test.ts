import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Columns, PartitionField, Scan } from '@millrace/core'
import { DuckDBInstance } from '@duckdb/node-api'
import { batchOf, type Row } from '../src/index.ts'
import { type Bench, failure, fieldsOf, never, openBench, query, scanOf, sinkOf } from './bench-session.ts'

let bench: Bench
beforeAll(async () => {
  bench = await openBench()
})
afterAll(() => bench.close())

let outputs = 0
const out = (): string => join(bench.folder, `out-${++outputs}`)

const batches = (columns: Columns, rows: readonly Row[]): Scan => ({
  via: 'batches',
  columns,
  batches: [batchOf(columns, rows).arrow],
})

const everything: Columns = {
  b: { type: 'boolean' },
  i8: { type: 'int8' },
  i32: { type: 'int32' },
  i64: { type: 'int64' },
  f: { type: 'float64' },
  s: { type: 'string' },
  bin: { type: 'binary' },
  u: { type: 'uuid' },
  j: { type: 'json' },
  d: { type: 'date' },
  t: { type: 'time' },
  ts: { type: 'timestamp' },
  tz: { type: 'timestamptz' },
  ns: { type: 'timestamp_ns' },
  dec4: { type: 'decimal(4,1)' },
  dec38: { type: 'decimal(38,10)' },
  list: { type: { list: { struct: { x: { type: 'int32' }, y: { type: { list: 'string' } } } } } },
  map: { type: { map: ['string', 'int64'] } },
}

const rows: readonly Row[] = [
  {
    b: true,
    i8: -128,
    i32: 7,
    i64: 2n ** 62n,
    f: -0.5,
    s: 'a longer text than twelve bytes, ä',
    bin: Uint8Array.of(0, 255, 1),
    u: '00112233-4455-6677-8899-aabbccddeeff',
    j: { a: [1, 'x'] },
    d: '1969-12-31',
    t: '23:59:59.000001',
    ts: '0001-01-01T00:00:00',
    tz: '2026-01-01T00:00:00.500000Z',
    ns: '2026-01-01T00:00:00.000000001',
    dec4: '-999.9',
    dec38: '1234567890123456789012345678.0000000001',
    list: [{ x: 1, y: ['p', null] }, null, { x: null, y: [] }],
    map: new Map([
      ['k', 1n],
      ['l', null],
    ]),
  },
  Object.fromEntries(Object.keys(everything).map((name) => [name, null])),
]

describe('reading', () => {
  test('every type comes back as it went in, through batches, DuckDB and Arrow', async () => {
    expect(await bench.rows({ sql: 'select * from t', inputs: { t: batches(everything, rows) } })).toEqual(rows)
    const { columns } = {
      columns: await bench.session.describe(query('select * from t', { t: batches(everything, rows) })),
    }
    expect(columns).toEqual(everything)
  })

  test('types that only DuckDB knows are cast to ones that tables know', async () => {
    const sql = `select 1::hugeint h, 2::utinyint u, 'a'::enum('a','b') e, interval 1 day i, [1,2]::int[2] a, null n,
      timestamp_s '2026-01-01' s, union_value(x := 1) o, '101'::bit b, [timetz '10:00:00+02'] t`
    expect(await bench.rows({ sql })).toEqual([
      {
        h: '1',
        u: 2,
        e: 'a',
        i: '1 day',
        a: [1, 2],
        n: null,
        s: '2026-01-01T00:00:00',
        o: '1',
        b: '101',
        t: ['10:00:00+02'],
      },
    ])
  })

  test.each(['row(1, 2)', "[row(1, 'a')]", 'map { 1: row(1) }'])(
    'fields that names cannot tell are refused: %s',
    async (value) => {
      expect(await failure(bench.session.describe(query(`select ${value} as x`)))).toMatchObject([
        { code: 'engine/unnamed-fields' },
      ])
    },
  )

  test('an integer of too many digits is told, wherever it stands', async () => {
    const huge = '170141183460469231731687303715884105727'
    const code = 'engine/integer-too-long'
    const among = (value: string): string => `select if(i = 5000, ${value}, null) as x from range(5001) t(i)`
    expect(await failure(bench.rows({ sql: among(`${huge}::hugeint`) }))).toMatchObject([
      { code, params: { column: 'x', value: huge } },
    ])
    expect(await failure(bench.rows({ sql: among(`[${huge}::hugeint]`) }))).toMatchObject([
      { code, params: { value: huge } },
    ])
  })

  test('columns and fields that are named by numbers keep their values', async () => {
    const sql = `select 'x' as "2025", 5 as a, 7::hugeint as "2024", {'2': 'y', '1': 6} as s`
    expect(await bench.rows({ sql })).toEqual([{ '2025': 'x', a: 5, '2024': '7', s: { '2': 'y', '1': 6 } }])
  })

  test('lists that share, skip and reorder their elements are laid out anew', async () => {
    const sql = `select i, list_reverse(l) r, l[2:] t from (select i, [i, i + 1, i + 2] l from range(3) t(i)) where i <> 1 order by i`
    expect(await bench.rows({ sql })).toEqual([
      { i: 0n, r: [2n, 1n, 0n], t: [1n, 2n] },
      { i: 2n, r: [4n, 3n, 2n], t: [3n, 4n] },
    ])
  })

  test('strings of all lengths survive the fetching of neighbours in runs', async () => {
    const sql = `select i, repeat('ab', (i * 7919 % 40)::int) s, case when i % 3 = 0 then null else repeat('ä', (i % 30)::int) end n from range(5000) t(i) order by i`
    const found = await bench.rows({ sql })
    expect(found.length).toBe(5000)
    for (const row of found) {
      const i = Number(row['i'])
      expect(row['s']).toBe('ab'.repeat((i * 7919) % 40))
      expect(row['n']).toBe(i % 3 === 0 ? null : 'ä'.repeat(i % 30))
    }
  })

  test('parameters take the type of their place', async () => {
    const sql = `select count(*)::int as n from range(timestamp '2026-01-01', timestamp '2026-01-02', interval 1 hour) t(x) where x >= $from and x < $to`
    const params = { from: '2026-01-01T03:00:00Z', to: '2026-01-01T05:00:00Z' }
    expect(await bench.rows({ sql, params })).toEqual([{ n: 2 }])
  })

  test('two views may read different versions of a table under one name', async () => {
    const version = (n: bigint): Scan => {
      const t = batches({ n: { type: 'int64' } }, [{ n }])
      return { via: 'query', query: query('select n * 10 as n from bronze.t', { 'bronze.t': t }) }
    }
    const inputs = { 'silver.a': version(1n), 'silver.b': version(2n) }
    expect(await bench.rows({ sql: 'select a.n as a, b.n as b from silver.a, silver.b', inputs })).toEqual([
      { a: 10n, b: 20n },
    ])
    expect(await failure(bench.rows({ sql: 'select * from silver.a' }))).toMatchObject([
      { code: 'engine/query-failed' },
    ])
  })

  test.each([`repeat('x', 300000)`, `[{ t: repeat('x', 300000) }]`])('long texts leave in pieces: %s', async (text) => {
    let [count, largest] = [0, 0]
    for await (const batch of bench.session.read(query(`select ${text} as long from range(300)`), never)) {
      count += batch.rows
      largest = Math.max(largest, batch.arrow.byteLength)
    }
    expect(count).toBe(300)
    expect(largest).toBeLessThan(32 << 20)
  })

  test('a reader that stops early leaves the session ready', async () => {
    for await (const batch of bench.session.read(query('select * from range(50000000)'), never)) {
      expect(batch.rows).toBeGreaterThan(0)
      break
    }
    expect(await bench.rows({ sql: 'select 1 as one' })).toEqual([{ one: 1 }])
  })

  test('an error behind the first rows fails the read instead of ending it', async () => {
    const sql = `select case when i = 200000 then error('bad row') else i end as i, 'x' as "millrace row" from range(300000) t(i)`
    const sumOfRows = async (): Promise<number> => {
      let sum = 0
      for await (const batch of bench.session.read(query(sql), never)) sum += batch.rows
      return sum
    }
    expect(await failure(sumOfRows())).toMatchObject([
      { code: 'engine/query-failed', params: { message: expect.stringContaining('bad row') as string } },
    ])
    expect(await bench.rows({ sql: 'select 2 as b' })).toEqual([{ b: 2 }])
  })

  test('a slow reader holds the worker back instead of filling the memory', async () => {
    let seen = 0
    for await (const batch of bench.session.read(
      query("select i, repeat('x', 100) s from range(300000) t(i)"),
      never,
    )) {
      if (seen === 0) await sleep(100)
      seen += batch.rows
    }
    expect(seen).toBe(300_000)
  })
})

describe('writing', () => {
  const partitioned: Columns = {
    id: { type: 'int64' },
    at: { type: 'timestamp' },
    s: { type: 'string' },
    amount: { type: 'decimal(9,2)' },
  }
  const part = (source: number, transform: PartitionField['transform'], i = 0): PartitionField => ({
    id: 1000 + i,
    name: `p${i}`,
    source,
    transform,
  })

  async function partitionsOf(
    partition: readonly PartitionField[],
    given: readonly Row[],
  ): Promise<readonly unknown[]> {
    const sink = sinkOf(out(), partitioned, { partition })
    const written = await bench.session.write(query('select * from t', { t: batches(partitioned, given) }), sink, never)
    expect(written.rows).toBe(given.length)
    return written.files.map((file) => file.partition)
  }

  const row = (id: bigint | null, at: string | null, s: string | null, amount: string | null): Row => ({
    id,
    at,
    s,
    amount,
  })

  test('transforms are those of Iceberg', async () => {
    const one = row(34n, '1969-12-31T23:30:00', 'iceberg', '14.20')
    const parts = [
      part(1, { bucket: 100 }),
      part(3, { bucket: 100 }, 1),
      part(4, { bucket: 100 }, 2),
      part(2, 'day', 3),
    ]
    // Hashes of the specification's appendix B: 2017239379, 1210000089 and -500754589.
    expect(await partitionsOf(parts, [one])).toEqual([[79, 89, (-500_754_589 & 0x7fffffff) % 100, -1]])
    const more = [
      part(2, 'year'),
      part(2, 'month', 1),
      part(2, 'hour', 2),
      part(1, { truncate: 10 }, 3),
      part(3, { truncate: 3 }, 4),
      part(4, { truncate: 50 }, 5),
    ]
    expect(await partitionsOf(more, [one])).toEqual([[-1, -1, -1, 30n, 'ice', '14.00']])
    expect(
      await partitionsOf([part(1, { truncate: 10 }), part(4, { truncate: 50 }, 1)], [row(-1n, null, null, '-0.01')]),
    ).toEqual([[-10n, '-0.50']])
  })

  test('buckets of numbers are made by every statement of a session, whatever another one left', async () => {
    const one = row(34n, '1969-12-31T23:30:00', null, null)
    for (const parts of [[part(1, { bucket: 100 })], [part(1, { bucket: 100 }), part(2, { bucket: 100 }, 1)]]) {
      const [found] = (await partitionsOf(parts, [one])) as readonly (readonly unknown[])[]
      expect(found?.[0]).toBe(79)
    }
  })

  test('missing values, empty text and signs in text are partitions of their own', async () => {
    const given = [null, '', 'a/b=c %', 'q\'"', 'NULL', '__HIVE_DEFAULT_PARTITION__'].map((s, i) =>
      row(BigInt(i), null, s, null),
    )
    const found = await partitionsOf([part(3, 'identity')], given)
    expect(new Set(found.flat())).toEqual(new Set(given.map((one) => one['s'])))
  })

  test('files hold field ids, no integer annotations, and exact statistics', async () => {
    const columns: Columns = {
      i: { type: 'int32' },
      l: { type: 'int64' },
      s: { type: { struct: { x: { type: 'int32' } } } },
    }
    const sink = sinkOf(out(), columns)
    const given = [
      { i: 1, l: -5n, s: { x: 3 } },
      { i: null, l: 9n, s: null },
    ]
    const written = await bench.session.write(query('select * from t', { t: batches(columns, given) }), sink, never)
    const [file] = written.files
    expect(file).toMatchObject({
      rows: 2,
      schema: 0,
      spec: 0,
      partition: [],
      stats: {
        1: { values: 2, nulls: 1, min: 1, max: 1 },
        2: { nulls: 0, min: -5n, max: 9n },
        4: { nulls: 1, min: 3, max: 3 },
      },
    })
    expect(file?.bytes).toBe(readFileSync(file?.path ?? '').length)
    const bare = await (await DuckDBInstance.create(':memory:')).connect()
    const schema = await bare.runAndReadAll(
      `select name, field_id::int id, converted_type c, logical_type l from parquet_schema('${file?.path}') where field_id is not null`,
    )
    expect(schema.getRowObjectsJson()).toEqual([
      { name: 'i', id: 1, c: null, l: null },
      { name: 'l', id: 2, c: null, l: null },
      { name: 's', id: 3, c: null, l: null },
      { name: 'x', id: 4, c: null, l: null },
    ])
    const groups = await bare.runAndReadAll(
      `select distinct dictionary_page_offset::int d, data_page_offset::int p from parquet_metadata('${file?.path}')`,
    )
    const first = groups.getRowObjectsJson().map((g) => Number(g['d'] ?? g['p']))
    expect(file?.splits).toEqual([Math.min(...first)])
  })

  test('a NULL in a required column fails the write by name and leaves no file', async () => {
    const required: Columns = { id: { type: 'int64', required: true } }
    const sink = sinkOf(out(), required)
    const issues = await failure(bench.session.write(query('select null::bigint as id'), sink, never))
    expect(issues).toMatchObject([{ code: 'engine/null-in-required', params: { column: 'id' } }])
    expect(readdirSync(sink.prefix)).toEqual([])
    const nested: Columns = { l: { type: { list: { struct: { x: { type: 'int32', required: true } } } } } }
    const inner = await failure(
      bench.session.write(query(`select [{x: 1}, {x: null}] as l`), sinkOf(out(), nested), never),
    )
    expect(inner).toMatchObject([{ code: 'engine/null-in-required', params: { column: 'l' } }])
  })

  test('columns must be those of the table, in any order and case', async () => {
    const columns: Columns = { a: { type: 'int64' }, b: { type: 'string' } }
    const written = await bench.session.write(query(`select 'x' as B, 1::tinyint as A`), sinkOf(out(), columns), never)
    expect(await bench.rows({ sql: 'select * from t', inputs: { t: scanOf(written, fieldsOf(columns)) } })).toEqual([
      { a: 1n, b: 'x' },
    ])
    const issues = await failure(bench.session.write(query('select 1 as a, 2 as c'), sinkOf(out(), columns), never))
    expect(issues).toMatchObject([{ code: 'engine/columns-differ', params: { missing: ['b'], unexpected: ['c'] } }])
  })

  test('files roll over at their size, keep an order that is asked for, and an empty result writes none', async () => {
    const columns: Columns = { i: { type: 'int64' }, s: { type: 'string' } }
    const sink = { ...sinkOf(out(), columns, { sort: [{ source: 1, descending: true }] }), targetBytes: 200_000 }
    const written = await bench.session.write(query('select i, md5(i::text) s from range(200000) t(i)'), sink, never)
    expect(written.files.length).toBeGreaterThan(1)
    const firsts = written.files.map((file) => [file.stats[1]?.max, file.stats[1]?.min])
    const sorted = firsts.toSorted((one, other) => Number(other[0]) - Number(one[0]))
    expect(sorted.every((bounds, i) => i === 0 || Number(sorted[i - 1]?.[1]) > Number(bounds[0]))).toBe(true)
    const empty = await bench.session.write(
      query(`select 1::bigint i, 'a' s where false`),
      sinkOf(out(), columns),
      never,
    )
    expect(empty).toEqual({ files: [], rows: 0, bytes: 0 })
  })

  test('P11: a write to so many partitions that each gets several files says of each file what it holds', async () => {
    const columns: Columns = { i: { type: 'int64' }, k: { type: 'int32' } }
    const partition = [part(2, 'identity'), part(1, { truncate: 2_000_000 }, 1)]
    const sink = { ...sinkOf(out(), columns, { partition }), targetBytes: 1000 }
    // More partitions than files may be open at a time, each of them again and again.
    const sql = 'select i, if(i % 120 = 0, null, i % 120)::int as k from range(2500000) t(i)'
    const written = await bench.session.write(query(sql), sink, never)
    expect(written.rows).toBe(2_500_000)
    const counted = `select filename as path, count(*)::int as rows, [any_value(k), min(i // 2000000 * 2000000)] as partition,
        count(distinct k)::int as values, max(i) // 2000000 - min(i) // 2000000 as ranges,
        min(i) as low, max(i) as high, (count(*) - count(k))::int as nulls
      from read_parquet('${sink.prefix}/*.parquet', filename = true) group by filename`
    const held = new Map((await bench.rows({ sql: counted })).map((one) => [one['path'], one]))
    expect(held.size).toBe(written.files.length)
    expect(written.files.length).toBeGreaterThan(240)
    for (const { path, rows: n, partition: values, stats } of written.files) {
      expect(held.get(path)).toEqual({
        path,
        rows: n,
        partition: values.map((one) => (one === null ? null : BigInt(String(one)))),
        values: values[0] === null ? 0 : 1,
        ranges: 0n,
        low: BigInt(String(stats[1]?.min)),
        high: BigInt(String(stats[1]?.max)),
        nulls: stats[2]?.nulls,
      })
    }
  })

  test('an error in the middle leaves no file behind', async () => {
    const sink = sinkOf(out(), { i: { type: 'int64' } })
    const sql = `select case when i = 90000 then error('stop here') else i end as i from range(100000) t(i)`
    const issues = await failure(bench.session.write(query(sql), { ...sink, targetBytes: 1000 }, never))
    expect(issues).toMatchObject([{ code: 'engine/query-failed' }])
    expect(readdirSync(sink.prefix)).toEqual([])
  })
})
