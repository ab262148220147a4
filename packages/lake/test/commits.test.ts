import { readFileSync } from 'node:fs'
import type { Staged } from '@millrace/core'
import { toPath } from '@millrace/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  change,
  draftOf,
  headOf,
  instant,
  type Lake,
  made,
  noFiles,
  openLake,
  progress,
  publish,
  spec,
} from './support/lake.ts'
import { readScan, writeRows } from './support/parquet.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const columns = { id: { type: 'int64' }, country: { type: 'string' } } as const
type Table = `silver.${string}`

/** Appends one row in a file of its own. */
async function append(table: Table, id: number, more: Parameters<typeof change>[1] = {}): Promise<Staged> {
  const draft = await draftOf(lake, table, spec(columns))
  const add = await writeRows(draft, { sql: `select ${id} as id, 'c${id}' as country` })
  const staged = await lake.format.stage(draft, change(add, more))
  await publish(lake, [staged])
  return staged
}

const ids = async (table: Table): Promise<unknown[]> =>
  (await readScan(await lake.format.offer(await headOf(lake, table)))).map((row) => row['id'])

const metadata = async (table: Table): Promise<Record<string, any>> =>
  JSON.parse(readFileSync(toPath((await headOf(lake, table)).version), 'utf8'))

test('an append adds one manifest and leaves the others as they are', async () => {
  await append('silver.fast', 1)
  await append('silver.fast', 2)
  expect(await ids('silver.fast')).toEqual(['1', '2'])
  const summary = (await metadata('silver.fast'))['snapshots'][1].summary
  expect(summary).toMatchObject({
    operation: 'append',
    'added-records': '1',
    'total-records': '2',
    'total-data-files': '2',
  })
  expect((await lake.format.load(await headOf(lake, 'silver.fast'))).rows).toBe(2)
})

test('an overwrite removes the listed files and adds others in one commit', async () => {
  await append('silver.merge', 1)
  await append('silver.merge', 2)
  const files = (await lake.format.offer(await headOf(lake, 'silver.merge'))).groups.flatMap((group) => group.files)
  const gone = files.filter((file) => Object.values(file.stats).some((stats) => stats.min === 1n))
  expect(gone).toHaveLength(1)
  const draft = await draftOf(lake, 'silver.merge', spec(columns))
  const add = await writeRows(draft, { sql: "select 10 as id, 'x' as country" })
  await publish(lake, [await lake.format.stage(draft, change(add, { remove: gone, operation: 'overwrite' }))])
  expect(await ids('silver.merge')).toEqual(['10', '2'].toSorted((a, b) => Number(a) - Number(b)))
  const state = await lake.format.load(await headOf(lake, 'silver.merge'))
  expect(state).toMatchObject({ rows: 2, files: 2 })
})

test('replacing everything leaves the old rows to time travel alone', async () => {
  await append('silver.full', 1)
  const before = await headOf(lake, 'silver.full')
  const draft = await draftOf(lake, 'silver.full', spec(columns))
  const add = await writeRows(draft, { sql: "select 5 as id, 'n' as country" })
  await publish(lake, [await lake.format.stage(draft, change(add, { remove: 'all', operation: 'replace' }))])
  expect(await ids('silver.full')).toEqual(['5'])
  expect((await readScan(await lake.format.offer(before))).map((row) => row['id'])).toEqual(['1'])
  const last = (await metadata('silver.full'))['snapshots'].at(-1).summary
  expect(last).toMatchObject({ operation: 'overwrite', 'deleted-records': '1', 'total-records': '1' })
})

test('a delete leaves an empty table that can be read', async () => {
  await append('silver.emptied', 1)
  const draft = await draftOf(lake, 'silver.emptied', spec(columns))
  await publish(lake, [await lake.format.stage(draft, change(noFiles, { remove: 'all', operation: 'delete' }))])
  expect(await ids('silver.emptied')).toEqual([])
  expect(await lake.format.load(await headOf(lake, 'silver.emptied'))).toMatchObject({ rows: 0, files: 0, bytes: 0 })
})

test('P16: a commit without files still carries progress, and offers an empty list', async () => {
  const draft = await draftOf(lake, 'silver.empty', spec(columns))
  const ahead = { ...progress, position: { log: '99' } }
  await publish(lake, [await lake.format.stage(draft, change(noFiles, { progress: ahead }))])
  const head = await headOf(lake, 'silver.empty')
  expect((await lake.format.load(head)).progress).toEqual(ahead)
  expect(await lake.format.offer(head)).toMatchObject({ groups: [], total: { files: 0, rows: 0, bytes: 0 } })
})

test('P19: a change that was committed is found by its id and not made twice', async () => {
  const first = await append('silver.once', 1, { id: 'run-7/silver.once' })
  const draft = await draftOf(lake, 'silver.once', spec(columns))
  const add = await writeRows(draft, { sql: "select 1 as id, 'again' as country" })
  const second = await lake.format.stage(draft, change(add, { id: 'run-7/silver.once' }))
  expect(second.next).toEqual(first.next)
  expect(await ids('silver.once')).toEqual(['1'])
})

test('P18: a removed file that is no longer there stops the commit', async () => {
  await append('silver.conflict', 1)
  const draft = await draftOf(lake, 'silver.conflict', spec(columns))
  const files = (await lake.format.offer(await headOf(lake, 'silver.conflict'))).groups.flatMap((group) => group.files)
  await publish(lake, [await lake.format.stage(draft, change(noFiles, { remove: 'all', operation: 'delete' }))])
  const later = await draftOf(lake, 'silver.conflict', spec(columns))
  await expect(lake.format.stage(later, change(noFiles, { remove: files, operation: 'overwrite' }))).rejects.toThrow(
    'lake/moved',
  )
})

test('P18: an append moves onto a newer head; an overwrite, and one whose progress is outdated, runs again', async () => {
  await append('silver.rebase', 1)
  const draft = await draftOf(lake, 'silver.rebase', spec(columns))
  const mine = await lake.format.stage(draft, change(await writeRows(draft, { sql: "select 3 as id, 'm' as country" })))
  const over = await lake.format.stage(draft, change(noFiles, { remove: 'all', operation: 'overwrite' }))
  await append('silver.rebase', 2)
  const head = await headOf(lake, 'silver.rebase')
  const moved = await lake.format.rebase(mine, head)
  if ('code' in moved) throw new Error(moved.code)
  expect(moved).toMatchObject({ base: head, id: mine.id })
  await publish(lake, [moved])
  expect(await ids('silver.rebase')).toEqual(['1', '2', '3'])
  expect(await lake.format.load(await headOf(lake, 'silver.rebase'))).toMatchObject({
    rows: 3,
    files: 3,
    made,
    progress,
  })
  const landed = await headOf(lake, 'silver.rebase')
  expect(await lake.format.rebase(mine, landed)).toEqual({ base: landed, next: landed, id: mine.id })
  expect(await lake.format.rebase(over, head)).toMatchObject({ code: 'lake/moved' })
  const other = await lake.format.stage(draft, change(noFiles))
  await append('silver.rebase', 4, { progress: { ...progress, position: { elsewhere: '1' } } })
  expect(await lake.format.rebase(other, await headOf(lake, 'silver.rebase'))).toMatchObject({ code: 'lake/moved' })
})

test('time travel by version and by moment; before the first there is nothing', async () => {
  await append('silver.travel', 1, { at: instant(10_000) })
  await append('silver.travel', 2, { at: instant(20_000) })
  const head = await headOf(lake, 'silver.travel')
  const [newest, oldest] = await lake.format.versions(head)
  expect([newest?.at, oldest?.at, newest?.rows, oldest?.rows]).toEqual([20_000, 10_000, 2, 1])
  const then = await lake.format.at(head, { instant: instant(15_000) })
  expect((await readScan(await lake.format.offer(then))).map((row) => row['id'])).toEqual(['1'])
  expect(await lake.format.load(then)).toMatchObject({ rows: 1, at: 10_000 })
  expect(await lake.format.at(head, { version: oldest?.id ?? '' })).toEqual(then)
  await expect(lake.format.at(head, { instant: instant(9_999) })).rejects.toThrow('lake/no-version')
  await expect(lake.format.at(head, { version: '12345' })).rejects.toThrow('lake/no-version')
})

test("time never goes back in a table, whatever the writers' clocks say", async () => {
  await append('silver.clock', 1, { at: instant(50_000) })
  await append('silver.clock', 2, { at: instant(40_000) })
  const log = (await metadata('silver.clock'))['snapshot-log'].map((entry: any) => entry['timestamp-ms'])
  expect(log).toEqual([50_000, 50_001])
})

test('P5: snapshot ids use 63 bits and are the same in every place', async () => {
  await append('silver.ids', 1)
  const text = readFileSync(toPath((await headOf(lake, 'silver.ids')).version), 'utf8')
  const id = /"current-snapshot-id":(\d+)/.exec(text)?.[1]
  expect(text).toContain(`"snapshot-id":${id}`)
  expect((await lake.format.versions(await headOf(lake, 'silver.ids')))[0]?.id).toBe(id)
})

test('P3: a renamed, a widened and a new column: every group says in which schema its files were written', async () => {
  const table = 'silver.evolved'
  const first = await draftOf(lake, table, spec({ id: { type: 'int32' }, name: { type: 'string' } }))
  await publish(lake, [
    await lake.format.stage(first, change(await writeRows(first, { sql: "select 1 as id, 'a' as name" }))),
  ])
  const wanted = { id: { type: 'int64' }, title: { type: 'string', was: 'name' }, extra: { type: 'int8' } } as const
  const second = await draftOf(lake, table, spec(wanted))
  const add = await writeRows(second, { sql: "select 9007199254740993 as id, 'b' as title, 3 as extra" })
  await publish(lake, [await lake.format.stage(second, change(add))])
  const head = await headOf(lake, table)
  const scan = await lake.format.offer(head)
  expect(scan.fields.map(({ id, name, type }) => [id, name, type])).toEqual([
    [1, 'id', 'int64'],
    [2, 'title', 'string'],
    [3, 'extra', 'int8'],
  ])
  const groups = scan.groups.map((group) => [group.fields.map((field) => field.type), group.files.length])
  expect(groups).toContainEqual([['int32', 'string'], 1])
  expect(groups).toContainEqual([['int64', 'string', 'int32'], 1])
  expect((await lake.format.load(head)).columns).toEqual({
    id: { type: 'int64' },
    title: { type: 'string' },
    extra: { type: 'int8' },
  })
  const scanned = await lake.format.offer(head, { id: { min: 2n } })
  expect(scanned.groups.flatMap((group) => group.files)).toHaveLength(1)
  const narrow = spec({ id: { type: 'int32' } })
  await expect(draftOf(lake, table, narrow)).rejects.toThrow('lake/type-changed')
  const rewritten = await lake.format.draft(table, head, '', narrow, { rewritten: true })
  expect(rewritten.shape.fields).toEqual([{ id: 4, name: 'id', required: false, type: 'int32' }])
})

test('a type that Iceberg lacks, once widened to what it is stored as, is no longer seen as the narrow one', async () => {
  const table = 'silver.outgrown'
  const narrow = spec({
    small: { type: 'int8' },
    big: { type: 'uint64' },
    many: { type: { list: 'int16' } },
    text: { type: 'json' },
    stays: { type: 'int8' },
  })
  const wide = {
    small: { type: 'int32' },
    big: { type: 'decimal(20,0)' },
    many: { type: { list: 'int32' } },
    text: { type: 'string' },
    stays: { type: 'int8' },
  } as const
  const first = await draftOf(lake, table, narrow)
  await publish(lake, [await lake.format.stage(first, change(noFiles))])
  expect((await lake.format.load(await headOf(lake, table))).columns).toEqual(narrow.columns)
  await publish(lake, [await lake.format.stage(await draftOf(lake, table, spec(wide)), change(noFiles))])
  expect((await lake.format.load(await headOf(lake, table))).columns).toEqual(wide)
  expect(JSON.parse((await metadata(table))['properties']['millrace.types'])).toEqual({ 5: 'int8' })
})

test('a column that was dropped, and one that is stored wider now, are seen in old versions as they were', async () => {
  const table = 'silver.outlived'
  const first = await draftOf(lake, table, spec({ gone: { type: 'json' }, small: { type: 'int8' } }))
  await publish(lake, [await lake.format.stage(first, change(noFiles, { at: instant(10_000) }))])
  const second = await draftOf(lake, table, spec({ small: { type: 'int64' } }))
  await publish(lake, [await lake.format.stage(second, change(noFiles, { at: instant(20_000) }))])
  const head = await headOf(lake, table)
  expect((await lake.format.load(head)).columns).toEqual({ small: { type: 'int64' } })
  const then = await lake.format.at(head, { instant: instant(10_000) })
  expect((await lake.format.load(then)).columns).toEqual({ gone: { type: 'json' }, small: { type: 'int8' } })
})

test('an append of a wider type does not move onto a head that is seen as the narrow one', async () => {
  const table = 'silver.outgrown-meanwhile'
  const narrow = spec({ small: { type: 'int8' } })
  const first = await draftOf(lake, table, narrow)
  await publish(lake, [await lake.format.stage(first, change(noFiles))])
  const draft = await draftOf(lake, table, spec({ small: { type: 'int32' } }))
  const widened = await lake.format.stage(draft, change(await writeRows(draft, { sql: 'select 1000 as small' })))
  const other = await draftOf(lake, table, narrow)
  const head = await lake.format.stage(other, change(await writeRows(other, { sql: 'select 1 as small' })))
  expect(await lake.format.rebase(widened, head.next)).toMatchObject({ code: 'lake/moved' })
})

test('partitioning may change: old files keep their spec, fields that return keep their id', async () => {
  const table = 'silver.repartitioned'
  const first = await draftOf(lake, table, spec(columns, { partition: ['country'] }))
  const one = await writeRows(first, { sql: "select 1 as id, 'de' as country", partition: ['de'] })
  await publish(lake, [await lake.format.stage(first, change(one))])
  const second = await draftOf(lake, table, spec(columns, { partition: ['country', 'bucket(2, id)'] }))
  expect(second.shape).toMatchObject({ specId: 1, partition: [{ id: 1000 }, { id: 1001, name: 'id_bucket_2' }] })
  const two = await writeRows(second, { sql: "select 2 as id, 'fr' as country", partition: ['fr', 0] })
  await publish(lake, [await lake.format.stage(second, change(two))])
  const found = await lake.format.offer(await headOf(lake, table), { country: { in: ['fr', 'it'] } })
  expect(found.groups.flatMap((group) => group.files.map((file) => [file.spec, file.partition]))).toEqual([
    [1, ['fr', 0]],
  ])
  const back = await draftOf(lake, table, spec(columns, { partition: ['country'] }))
  expect(back.shape).toMatchObject({ specId: 0, partition: [{ id: 1000 }] })
})

test('a partition column may become wider: old files are rewritten, added to and rolled back to as before', async () => {
  const table = 'silver.wider-partition'
  const narrow = spec({ price: { type: 'decimal(9,2)' }, n: { type: 'int32' } }, { partition: ['price', 'n'] })
  const wide = spec({ price: { type: 'decimal(18,2)' }, n: { type: 'int64' } }, { partition: ['price', 'n'] })
  const first = await draftOf(lake, table, narrow)
  const [low, lower] = [
    { sql: 'select -1.50 as price, 7 as n', partition: ['-1.50', 7] },
    { sql: 'select 2.25 as price, 8 as n', partition: ['2.25', 8] },
  ]
  const old = await writeRows(first, low, lower)
  await publish(lake, [await lake.format.stage(first, change(old))])
  const before = await headOf(lake, table)
  const second = await draftOf(lake, table, wide)
  const partition = ['1234567890123456.78', 5_000_000_000n]
  const high = await writeRows(second, { sql: `select ${partition.join(' as price, ')} as n`, partition })
  const remove = old.files.slice(1)
  await publish(lake, [await lake.format.stage(second, change(high, { operation: 'overwrite', remove }))])
  expect(await partitions(table)).toEqual([
    ['-1.50', 7n],
    ['1234567890123456.78', 5_000_000_000n],
  ])
  const some = await lake.format.offer(await headOf(lake, table), { price: { max: '0' } })
  expect(some.groups.flatMap((group) => group.files)).toHaveLength(1)
  await publish(lake, [await lake.format.revert(await headOf(lake, table), before, instant(30_000))])
  expect(await partitions(table)).toEqual([
    ['-1.50', 7n],
    ['2.25', 8n],
  ])
  const third = await draftOf(lake, table, wide)
  await publish(lake, [await lake.format.stage(third, change(noFiles, { operation: 'replace', remove: 'all' }))])
  expect(await partitions(table)).toEqual([])
})

/** The partitions of a table's files, in order. */
async function partitions(table: Table): Promise<unknown[]> {
  const scan = await lake.format.offer(await headOf(lake, table))
  const found = scan.groups.flatMap((group) => group.files.map((file) => file.partition))
  return found.toSorted((one, other) => (Number(one[0]) < Number(other[0]) ? -1 : 1))
}

test('many small manifests are merged, but never those of different schemas', async () => {
  const table = 'silver.small'
  await append(table, 1)
  const wide = spec({ ...columns, extra: { type: 'string' } })
  for (let at = 0; at < 103; at += 1) {
    const draft = await draftOf(lake, table, wide)
    const [file] =
      at === 0 ? (await writeRows(draft, { sql: "select 2 as id, 'x' as country, 'e' as extra" })).files : []
    const path = `${draft.sink.prefix}/made-${at}.parquet`
    const data = file ?? { path, rows: 1, bytes: 10, partition: [], spec: 0, schema: draft.shape.schemaId, stats: {} }
    await publish(lake, [await lake.format.stage(draft, change({ files: [data], rows: 1, bytes: data.bytes }))])
  }
  const scan = await lake.format.offer(await headOf(lake, table))
  expect(
    scan.groups.map((group) => [group.fields.length, group.files.length]).toSorted((a, b) => a[0]! - b[0]!),
  ).toEqual([
    [2, 1],
    [3, 103],
  ])
  expect(scan.total).toMatchObject({ files: 104, rows: 104 })
  const files: string[] = []
  for await (const path of lake.format.reachable([await headOf(lake, table)])) files.push(path)
  expect(files.filter((path) => path.endsWith('.metadata.json')).length).toBe(101)
})

test('an unknown type, a bad partition and a folder that URLs cannot name are refused with what to do', async () => {
  await expect(draftOf(lake, 'silver.no', spec({ v: { type: 'variant' } }))).rejects.toThrow('lake/type-unsupported')
  await expect(draftOf(lake, 'silver.no', spec({ t: { type: { list: 'timestamp_ns' } } }))).rejects.toThrow('t.element')
  await expect(draftOf(lake, 'silver.no', spec(columns, { partition: ['day(country)'] }))).rejects.toThrow(
    'lake/bad-partition',
  )
  await expect(draftOf(lake, 'silver.no', spec(columns, { sort: ['nope desc'] }))).rejects.toThrow('no column nope')
  await expect(lake.format.draft('silver.no', null, '/lake/a#b', spec(columns))).rejects.toThrow('lake/bad-location')
})
