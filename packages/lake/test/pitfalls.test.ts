import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { zstdCompressSync } from 'node:zlib'
import { icebergFormat, localStore, openSqliteCatalog, toPath } from '@millrace/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readAvro, writeAvro } from '../src/avro/container.ts'
import { compileReader } from '../src/avro/reader.ts'
import type { AvroSchema } from '../src/avro/schema.ts'
import { Output } from '../src/avro/writer.ts'
import { beginCommit, putCommit, putManifest } from '../src/iceberg/commit.ts'
import { toRecord } from '../src/iceberg/data-file.ts'
import { readManifestList } from '../src/iceberg/manifest-list.ts'
import { parseMetadata, printMetadata } from '../src/iceberg/metadata.ts'
import { readNotes } from '../src/iceberg/notes.ts'
import { caches, openTable, readLines } from '../src/iceberg/table-files.ts'
import {
  change,
  draftOf,
  headOf,
  instant,
  type Lake,
  made,
  openLake,
  progress,
  publish,
  spec,
  temporaryFolder,
} from './support/lake.ts'
import { readScan, writeRows } from './support/parquet.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

test('P6, P15: a table with delete files of another program is refused and not read without them', async () => {
  const draft = await draftOf(lake, 'silver.deletes', spec({ id: { type: 'int64' } }))
  const add = await writeRows(draft, { sql: 'select 1 as id' })
  await publish(lake, [await lake.format.stage(draft, change(add))])
  let ids = 0
  const around = {
    store: localStore(),
    newId: () => `delete-${(ids += 1)}`,
    failpoint: () => {},
    ...caches(),
  }
  const base = await openTable(around, await headOf(lake, 'silver.deletes'))
  const commit = beginCommit(around, base, base.metadata, 5_000)
  const [data] = add.files
  if (data === undefined) throw new Error('one file was written')
  const file = { ...toRecord({ ...data, path: `${data.path}.deletes` }, draft.shape.fields, []), content: 1 }
  const entry = { status: 1, snapshot: commit.snapshot, sequence: null, fileSequence: null, file }
  const line = await putManifest(commit, [entry], { spec: 0, schema: 0, content: 1 })
  const next = await putCommit(commit, {
    lines: [...(await readLines(around, base.head)), line],
    summary: { operation: 'delete' },
  })
  await expect(lake.format.offer(next)).rejects.toThrow('lake/unsupported: ')
  await expect(lake.format.offer(next)).rejects.toThrow('delete files')
})

test('P9: bounds inside lists and maps are not written, whatever an engine says of them', async () => {
  const columns = {
    tags: { type: { list: 'int32' } },
    place: { type: { struct: { zip: { type: 'int32' } } } },
  } as const
  const draft = await draftOf(lake, 'silver.nested', spec(columns))
  const one = { values: 3, nulls: 0, bytes: 9, min: 1, max: 2 }
  const file = {
    path: `${draft.sink.prefix}/x.parquet`,
    rows: 1,
    bytes: 9,
    partition: [],
    spec: 0,
    schema: 0,
    stats: { 3: one, 4: one },
  }
  expect(draft.shape.fields.map((field) => field.type)).toMatchObject([{ list: { id: 3 } }, { struct: [{ id: 4 }] }])
  await publish(lake, [await lake.format.stage(draft, change({ files: [file], rows: 1, bytes: 9 }))])
  const [group] = (await lake.format.offer(await headOf(lake, 'silver.nested'))).groups
  expect(group?.files[0]?.stats).toEqual({ 4: one, 3: { values: 3, nulls: 0, bytes: 9 } })
})

test('P12: partition values come as text or numbers and are kept as what they are', async () => {
  const columns = {
    d: { type: 'date' },
    at: { type: 'timestamptz' },
    n: { type: 'decimal(9,2)' },
    u: { type: 'uuid' },
    b: { type: 'boolean' },
  } as const
  const partition = ['d', 'day(at)', 'truncate(100, n)', 'u', 'b', 'hour(at)']
  const draft = await draftOf(lake, 'silver.values', spec(columns, { partition }))
  const uuid = '0190b2f0-0000-7000-8000-000000000001'
  const file = (name: string, values: readonly (string | number | boolean | null)[]) => ({
    path: `${draft.sink.prefix}/${name}`,
    rows: 1,
    bytes: 1,
    partition: values,
    spec: 0,
    schema: 0,
    stats: {},
  })
  const files = [
    file('text', ['1969-12-31', '2024-01-01', '-5.00', uuid, 'true', '473352']),
    file('number', [-1, 19_723, '12345.00', uuid, true, 473_352]),
    file('null', [null, null, null, null, null, null]),
  ]
  await publish(lake, [await lake.format.stage(draft, change({ files, rows: 3, bytes: 3 }))])
  const [group] = (await lake.format.offer(await headOf(lake, 'silver.values'))).groups
  expect(group?.files.map((one) => one.partition)).toEqual([
    ['1969-12-31', 19_723, '-5.00', uuid, true, 473_352],
    ['1969-12-31', 19_723, '12345.00', uuid, true, 473_352],
    [null, null, null, null, null, null],
  ])
})

/** An Avro file with one block, compressed by another codec than ours. */
function withCodec(codec: string, records: readonly { readonly id: bigint; readonly name: string }[]): Buffer {
  const plain = readAvro(writeAvro({ schema, header: {}, records: [...records] }, 'null'))
  const body = new Output()
  for (const record of plain.records) {
    body.long(record['id'] as number)
    body.text(record['name'] as string)
  }
  const marker = Buffer.alloc(16, 7)
  const out = new Output()
  out.raw(Buffer.from('Obj\u0001', 'latin1'))
  // A header in a block of negative count, followed by its size, as some writers do.
  const header = new Output()
  for (const [key, value] of [
    ['avro.schema', JSON.stringify(schema)],
    ['avro.codec', codec],
  ] as const) {
    header.text(key)
    header.text(value)
  }
  out.long(-2)
  out.long(header.bytes().length)
  out.raw(header.bytes())
  out.long(0)
  out.raw(marker)
  out.long(records.length)
  out.sized(codec === 'snappy' ? snappyLiterals(body.bytes()) : zstdCompressSync(body.bytes()))
  out.raw(marker)
  return out.bytes()
}

const schema: AvroSchema = {
  type: 'record',
  name: 'r',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: 'string' },
  ],
}

/** Snappy without any compression, and the checksum that Avro adds. */
function snappyLiterals(bytes: Buffer): Buffer {
  const parts: Uint8Array[] = [Buffer.from([(bytes.length & 0x7f) | 0x80, bytes.length >> 7])]
  for (let at = 0; at < bytes.length; at += 60) {
    const part = bytes.subarray(at, at + 60)
    parts.push(Buffer.from([(part.length - 1) << 2]), part)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

test('P17: files in snappy and zstd, with headers in sized blocks, are read', () => {
  const records = Array.from({ length: 30 }, (_, at) => ({ id: 2n ** 62n + BigInt(at), name: `row ${at}` }))
  for (const codec of ['snappy', 'zstandard']) expect(readAvro(withCodec(codec, records)).records).toEqual(records)
  expect(() => readAvro(withCodec('lzo', records))).toThrow('unknown Avro codec lzo')
  expect(compileReader('int')({ bytes: Buffer.from([3]), at: 0 })).toBe(-2)
})

test('a damaged table names the file and what to do', async () => {
  const draft = await draftOf(lake, 'silver.damaged', spec({ id: { type: 'int64' } }))
  await publish(lake, [await lake.format.stage(draft, change(await writeRows(draft, { sql: 'select 1 as id' })))])
  const head = await headOf(lake, 'silver.damaged')
  const metadata = parseMetadata(readFileSync(toPath(head.version), 'utf8'), head.version)
  const list = toPath(metadata.snapshots[0]?.['manifest-list'] ?? '')
  await localStore().remove([list])
  await expect(lake.format.offer(head)).rejects.toThrow(
    `lake/corrupt: file://${list}, a file of silver.damaged, cannot be read: it is not there`,
  )
  mkdirSync(list)
  await expect(lake.format.offer(head)).rejects.toThrow('a file of silver.damaged, cannot be read: it is a folder')
  rmdirSync(list)
  await localStore().put(list, Buffer.from('Obj\u0001garbage'))
  await expect(lake.format.offer(head)).rejects.toThrow('lake/corrupt')
  expect(() => parseMetadata('{"format-version":3}', 'x')).toThrow('format version 3')
  expect(() => parseMetadata('{"format-version":2}', 'x')).toThrow('it has no "table-uuid"')
  expect(() => parseMetadata('{', 'x')).toThrow('lake/corrupt')
})

test('a manifest or a list in the place of another is told', async () => {
  const wanted = spec({ id: { type: 'int64' } })
  const first = await draftOf(lake, 'silver.swapped', wanted)
  await publish(lake, [await lake.format.stage(first, change(await writeRows(first, { sql: 'select 1 as id' })))])
  const second = await draftOf(lake, 'silver.swapped', wanted)
  const more = { ...change(await writeRows(second, { sql: 'select range as id from range(99)' })), id: 'more' }
  await publish(lake, [await lake.format.stage(second, more)])
  const head = await headOf(lake, 'silver.swapped')
  const { snapshots } = parseMetadata(readFileSync(toPath(head.version), 'utf8'), head.version)
  const lists = snapshots.map((one) => toPath(one['manifest-list']))
  const newest = lists.at(-1) ?? ''
  const whole = readFileSync(newest)
  const [added, kept] = readManifestList(whole, newest, snapshots.at(-1)?.['snapshot-id'] ?? 0n)
  writeFileSync(newest, readFileSync(lists[0] ?? ''))
  await expect(lake.format.offer(head)).rejects.toThrow('it is the list of snapshot')
  writeFileSync(newest, whole)
  const manifest = toPath(added?.path ?? '')
  expect(kept).toBeDefined()
  writeFileSync(manifest, readFileSync(manifest).subarray(0, 100))
  await expect(lake.format.offer(head)).rejects.toThrow(
    /a file of silver.swapped, .* has 100 bytes, and was written with/,
  )
})

test('the notes of format 1 are read, and what foreign programs put beside them is kept', () => {
  const text = readFileSync(join(import.meta.dirname, 'fixtures/metadata-format-1.json'), 'utf8')
  const metadata = parseMetadata(text, 'fixture')
  const head = metadata.snapshots.at(-1) ?? null
  expect(readNotes(metadata, head)).toEqual({ made: null, progress })
  expect(readNotes(metadata, metadata.snapshots[0] ?? null)).toEqual({ made, progress })
  const later = {
    ...metadata,
    snapshots: metadata.snapshots.map((one) => ({ ...one, summary: { ...one.summary, 'millrace.format': '3' } })),
  }
  expect(() => readNotes(later, later.snapshots.at(-1) ?? null)).toThrow('notes of version 3')
  expect(JSON.parse(printMetadata(metadata))).toEqual(JSON.parse(text))
  expect(printMetadata(metadata)).toContain('"snapshot-id":7234567890123456789')
})

test('a catalog of layout 2 opens with everything in it', async () => {
  const path = join(temporaryFolder(), 'catalog.db')
  const old = new DatabaseSync(path)
  old.exec(readFileSync(join(import.meta.dirname, 'fixtures/catalog-layout-2.sql'), 'utf8'))
  old.close()
  const catalog = await openSqliteCatalog({ path })
  expect((await catalog.environments()).map((one) => [one.name, one.base?.environment, one.generation])).toEqual([
    ['dev', 'prod', 1],
    ['prod', undefined, 1],
  ])
  expect([...(await catalog.resolve('dev')).keys()]).toEqual(['silver.orders'])
  expect((await catalog.resolve('prod', instant(1000))).get('silver.orders')?.uuid).toBe('u1')
  expect((await catalog.log('prod')).map((one) => one.id)).toEqual(['p1'])
  await catalog.close()
})

test('a format that is closed over a store of its own shares nothing with another', async () => {
  const draft = await draftOf(lake, 'silver.second', spec({ id: { type: 'int64' } }))
  await publish(lake, [await lake.format.stage(draft, change(await writeRows(draft, { sql: 'select 1 as id' })))])
  const other = icebergFormat({ store: localStore(), newId: () => 'other' })
  expect(await readScan(await other.offer(await headOf(lake, 'silver.second')))).toEqual([{ id: '1' }])
})
