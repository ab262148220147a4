import { spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Columns, RawScan } from '@millrace/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pythonEnvironment } from '../../../tools/python-env.ts'
import { batchOf, rowsOf } from '../src/index.ts'
import { murmur3 } from '../src/write/hash.ts'
import { type Bench, fieldsOf, never, openBench, query, sinkOf } from './bench-session.ts'

let python = ''
let bench: Bench
beforeAll(async () => {
  python = pythonEnvironment()
  bench = await openBench()
})
afterAll(() => bench.close())

function run(program: string, ...args: readonly string[]): unknown {
  const { stdout, stderr, status } = spawnSync(python, ['-c', program, ...args], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

const columns: Columns = {
  b: { type: 'boolean' },
  i8: { type: 'int8' },
  i64: { type: 'int64', required: true },
  u64: { type: 'uint64' },
  f32: { type: 'float32' },
  s: { type: 'string' },
  bin: { type: 'binary' },
  fix: { type: 'fixed(3)' },
  u: { type: 'uuid' },
  j: { type: 'json' },
  d: { type: 'date' },
  t: { type: 'time' },
  ts: { type: 'timestamp' },
  tz: { type: 'timestamptz' },
  ns: { type: 'timestamp_ns' },
  dec: { type: 'decimal(38,10)' },
  list: { type: { list: { struct: { x: { type: 'int32' } } } } },
  map: { type: { map: ['string', { list: 'int64' }] } },
}

const rows = [
  {
    b: true,
    i8: -7,
    i64: -(2n ** 63n),
    u64: 2n ** 64n - 1n,
    f32: 0.5,
    s: 'grüß 😀',
    bin: Uint8Array.of(0, 255),
    fix: Uint8Array.of(1, 2, 3),
    u: '00112233-4455-6677-8899-aabbccddeeff',
    j: { a: [1] },
    d: '1969-12-31',
    t: '12:34:56.789012',
    ts: '1900-01-01T00:00:00.000001',
    tz: '2024-02-29T23:00:00Z',
    ns: '2026-01-01T00:00:00.000000001',
    dec: '-1234567890123456789012345678.0000000001',
    list: [{ x: 1 }, null, { x: null }],
    map: new Map([['k', [1n, null]]]),
  },
  { ...Object.fromEntries(Object.keys(columns).map((name) => [name, null])), i64: 0n },
]

const described = `
import sys, json, pyarrow as pa
t = pa.ipc.open_stream(sys.argv[1]).read_all()
t.validate(full=True)
def text(v):
    if isinstance(v, (list, tuple)): return [text(x) for x in v]
    if isinstance(v, dict): return {k: text(x) for k, x in v.items()}
    return None if v is None else v.hex() if isinstance(v, bytes) else str(v)
ns = t.column('ns').cast(pa.int64())
rows = [{k: text(v) for k, v in r.items()} for r in t.drop_columns(['ns']).to_pylist()]
print(json.dumps({'types': {f.name: str(f.type) for f in t.schema}, 'nullable': [f.name for f in t.schema if not f.nullable], 'rows': rows, 'ns': text(ns.to_pylist())}))`

test('pyarrow reads our streams: every type, every value', () => {
  const path = join(bench.folder, 'ours.arrow')
  writeFileSync(path, batchOf(columns, rows).arrow)
  expect(run(described, path)).toEqual({
    types: {
      b: 'bool',
      i8: 'int8',
      i64: 'int64',
      u64: 'uint64',
      f32: 'float',
      s: 'string',
      bin: 'binary',
      fix: 'fixed_size_binary[3]',
      u: 'extension<arrow.uuid>',
      j: 'extension<arrow.json>',
      d: 'date32[day]',
      t: 'time64[us]',
      ts: 'timestamp[us]',
      tz: 'timestamp[us, tz=UTC]',
      ns: 'timestamp[ns]',
      dec: 'decimal128(38, 10)',
      list: 'list<element: struct<x: int32>>',
      map: 'map<string, list<element: int64>>',
    },
    nullable: ['i64'],
    ns: ['1767225600000000001', null],
    rows: [
      {
        b: 'True',
        i8: '-7',
        i64: '-9223372036854775808',
        u64: '18446744073709551615',
        f32: '0.5',
        s: 'grüß 😀',
        bin: '00ff',
        fix: '010203',
        u: '00112233-4455-6677-8899-aabbccddeeff',
        j: '{"a":[1]}',
        d: '1969-12-31',
        t: '12:34:56.789012',
        ts: '1900-01-01 00:00:00.000001',
        tz: '2024-02-29 23:00:00+00:00',
        dec: '-1234567890123456789012345678.0000000001',
        list: [{ x: '1' }, null, { x: null }],
        map: [['k', ['1', null]]],
      },
      {
        ...Object.fromEntries(Object.keys(columns).flatMap((name) => (name === 'ns' ? [] : [[name, null]]))),
        i64: '0',
      },
    ],
  })
})

test('a stream that pyarrow wrote again is read, and what DuckDB streams is read by pyarrow', async () => {
  const [ours, theirs] = [join(bench.folder, 'a.arrow'), join(bench.folder, 'b.arrow')]
  const again = `
import sys, json, pyarrow as pa
t = pa.ipc.open_stream(sys.argv[1]).read_all()
with pa.OSFile(sys.argv[2], 'wb') as f, pa.ipc.new_stream(f, t.schema) as w:
    for b in t.to_batches(max_chunksize=1): w.write_batch(b)
print(t.num_rows)`
  for await (const batch of bench.session.read(
    query('select * from t', { t: { via: 'batches', columns, batches: [batchOf(columns, rows).arrow] } }),
    never,
  ))
    writeFileSync(ours, batch.arrow)
  expect(run(again, ours, theirs)).toBe(2)
  // fixed(3) is plain binary inside of DuckDB; all else comes back as it went in.
  expect(rowsOf({ columns, rows: 2, arrow: readFileSync(theirs) })).toEqual(rows)
})

test('the hash of buckets agrees with mmh3', () => {
  const texts = ['', 'a', 'ab', 'abc', 'abcd', 'grüß 😀', 'x'.repeat(1000)]
  const theirs = run(
    `import sys, json, mmh3; print(json.dumps([mmh3.hash(t.encode()) for t in json.loads(sys.argv[1])]))`,
    JSON.stringify(texts),
  )
  expect(texts.map((text) => murmur3(Buffer.from(text)))).toEqual(theirs)
})

test('partition transforms agree with PyIceberg, value by value', async () => {
  const sources: Columns = {
    l: { type: 'int64' },
    s: { type: 'string' },
    dec: { type: 'decimal(20,3)' },
    d: { type: 'date' },
    ts: { type: 'timestamp' },
    u: { type: 'uuid' },
    bin: { type: 'binary' },
  }
  const given = Array.from({ length: 60 }, (_, i) => ({
    l: BigInt(i * 7919 - 200_000) * 1_000_003n,
    s: i === 0 ? '' : 'äb'.repeat(i % 9) + i,
    dec: `${i % 2 === 0 ? '' : '-'}${i * 1_234_567}.${String(i).padStart(3, '0')}`,
    d: `${1960 + i}-0${1 + (i % 9)}-11`,
    ts: `${1940 + i}-03-0${1 + (i % 9)}T23:59:59.99999${i % 10}`,
    u: `00112233-4455-6677-8899-${String(i).padStart(12, '0')}`,
    bin: Uint8Array.of(i, 255 - i, 7),
  }))
  const cases = [
    ['l', 'bucket'],
    ['s', 'bucket'],
    ['dec', 'bucket'],
    ['d', 'bucket'],
    ['ts', 'bucket'],
    ['u', 'bucket'],
    ['bin', 'bucket'],
    ['l', 'truncate'],
    ['s', 'truncate'],
    ['dec', 'truncate'],
    ['d', 'year'],
    ['d', 'month'],
    ['d', 'day'],
    ['ts', 'year'],
    ['ts', 'month'],
    ['ts', 'day'],
    ['ts', 'hour'],
  ] as const
  const program = `
import sys, json, decimal, uuid, datetime
from pyiceberg.transforms import *
from pyiceberg.types import *
from pyiceberg.utils.datetime import *
types = dict(l=LongType(), s=StringType(), dec=DecimalType(20,3), d=DateType(), ts=TimestampType(), u=UUIDType(), bin=BinaryType())
T = dict(bucket=BucketTransform(16), truncate=TruncateTransform(7), year=YearTransform(), month=MonthTransform(), day=DayTransform(), hour=HourTransform())
conv = dict(l=int, s=str, dec=decimal.Decimal, d=date_str_to_days, ts=timestamp_to_micros, u=lambda v: uuid.UUID(v), bin=bytes.fromhex)
rows, cases = json.loads(sys.argv[1])
print(json.dumps([[str(T[t].transform(types[c])(conv[c](r[c]))) for c, t in cases] for r in rows]))`
  const shown = given.map((row) => ({ ...row, l: String(row.l), bin: Buffer.from(row.bin).toString('hex') }))
  const theirs = run(program, JSON.stringify([shown, cases])) as readonly (readonly string[])[]
  const ids = Object.keys(sources)
  const partition = cases.map(([column, transform], i) => ({
    id: 1000 + i,
    name: `p${i}`,
    source: ids.indexOf(column) + 1,
    transform: transform === 'bucket' ? { bucket: 16 } : transform === 'truncate' ? { truncate: 7 } : transform,
  }))
  const batches = [batchOf(sources, given).arrow]
  const sink = sinkOf(join(bench.folder, 'parts'), sources, { partition })
  const written = await bench.session.write(
    query('select * from t', { t: { via: 'batches', columns: sources, batches } }),
    sink,
    never,
  )
  const ours = new Map(written.files.map((file) => [file.stats[1]?.min, file.partition.map(String)]))
  expect(given.map((row) => ours.get(row.l))).toEqual(theirs)
})

test('rows out of a corrupted file are those that a reading by Python finds, and no line is lost', async () => {
  const orders: Columns = { a: { type: 'int64' }, b: { type: 'string' }, c: { type: 'string' } }
  const lines = Array.from({ length: 400 }, (_, i) => `${i},"text ${i}, ""quoted""",${i % 3 === 0 ? '' : `x${i}`}`)
  // Slips of every kind, each inside its own line.
  const slips: Readonly<Record<number, (line: string) => string>> = {
    17: (line) => line.replace(/"$|",/, ','),
    60: (line) => `${line},extra`,
    99: () => 'short',
    150: (line) => line.replace('"', '"a"b'),
    222: (line) => line.replace(/^\d+/, 'NaN'),
    300: (line) => line.replace('text', 'te\0xt'),
    333: () => '"',
    399: (line) => `"${line}`,
  }
  const text = lines.map((line, i) => slips[i]?.(line) ?? line)
  const path = join(bench.folder, 'bad.csv')
  writeFileSync(path, `a,b,c\n${text.join('\n')}\n`)
  const scan: RawScan = {
    via: 'raw',
    format: 'csv',
    columns: orders,
    files: [{ path, bytes: statSync(path).size, header: ['a', 'b', 'c'] }],
    options: {},
  }
  const landed = await bench.session.land(scan, sinkOf(join(bench.folder, 'bad'), orders), never)
  // Python reads each line by itself, strictly: what it takes as three fields with a number first is a row.
  const program = `
import sys, csv, json
good = []
for i, line in enumerate(open(sys.argv[1], newline='', encoding='utf8').read().split('\\n')[1:-1]):
    try:
        (r,) = csv.reader([line], strict=True)
        if len(r) == 3: good.append([str(int(r[0])), r[1], r[2] or None])
    except (csv.Error, ValueError): pass
print(json.dumps(good))`
  const fields = fieldsOf(orders)
  const table = {
    via: 'files',
    fields,
    groups: [{ fields, files: landed.files }],
    total: { files: 1, rows: 1, bytes: 1 },
  } as const
  const found = await bench.rows({ sql: 'select a::text a, b, c from t order by t.a', inputs: { t: table } })
  expect(found.map((row) => [row['a'], row['b'], row['c']])).toEqual(run(program, path))
  expect(landed.rowsIn).toBe(400)
  expect(landed.rejected).toBe(7)
})
