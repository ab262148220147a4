import { rmSync } from 'node:fs'
import { icebergFormat, localStore, toPath } from '@millrace/lake'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { appendIn, columns, forkedIn, idsOf, writable } from './support/environments.ts'
import { change, headOf, instant, type Lake, openLake, progress, publish, spec } from './support/lake.ts'
import { writeRows } from './support/parquet.ts'
import { parseMetadata } from '../src/iceberg/metadata.ts'
import { readFileSync } from 'node:fs'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const forked = (name: string) => forkedIn(lake, name)

test('a rollback is a commit: the old rows are back and the undone ones stay readable', async () => {
  const table = 'silver.reverted'
  await appendIn(lake, 'prod', table, 1, { at: instant(10_000) })
  const good = await headOf(lake, table)
  const ahead = { ...progress, position: { log: '2' } }
  await appendIn(lake, 'prod', table, 2, { at: instant(20_000), change: { progress: ahead } })
  const undone = await headOf(lake, table)
  const staged = await lake.format.revert(undone, good, instant(30_000))
  await publish(lake, [staged], { how: 'rollback', at: instant(30_000) })
  const head = await headOf(lake, table)
  expect(await idsOf(lake, head)).toEqual([1])
  const state = await lake.format.load(head)
  expect(state).toMatchObject({ rows: 1, files: 1, progress, at: 30_000 })
  expect(await idsOf(lake, await lake.format.at(head, { instant: instant(20_000) }))).toEqual([1, 2])
  const again = await lake.format.revert(
    head,
    await lake.format.at(head, { instant: instant(25_000) }),
    instant(40_000),
  )
  expect(await idsOf(lake, again.next)).toEqual([1, 2])
})

test('a rollback over a change of columns brings the old columns back, and their ids are not given again', async () => {
  const table = 'silver.reverted-columns'
  await appendIn(lake, 'prod', table, 1)
  const good = await headOf(lake, table)
  await appendIn(lake, 'prod', table, 2, { wanted: spec({ ...columns, extra: { type: 'string' } }) })
  const staged = await lake.format.revert(await headOf(lake, table), good, instant(30_000))
  expect((await lake.format.load(staged.next)).columns).toEqual(columns)
  const draft = await lake.format.draft(table, staged.next, '', spec({ ...columns, other: { type: 'int32' } }))
  expect(draft.shape.fields.map((field) => field.id)).toEqual([1, 2, 4])
})

test('a rollback to a schema whose number means another one here shows the columns and rows of that time', async () => {
  // Two histories over one uuid, as catalogs have them from before forks that were dropped counted as gone.
  const { table, environment } = await forked('twice')
  const fork = await writable(lake, environment, table)
  const staged = async (column: string, value: number) => {
    const wanted = spec({ ...columns, [column]: { type: 'int32' } }, { partition: [column] })
    const draft = await lake.format.draft(table, fork, '', wanted)
    const sql = `select 3 as id, 'c3' as country, ${value} as ${column}`
    const add = await writeRows(draft, { sql, partition: [value] })
    return (await lake.format.stage(draft, change(add, { remove: 'all', operation: 'overwrite' }))).next
  }
  const [price, weight] = [await staged('price', 111), await staged('weight', 222)]
  const { next } = await lake.format.revert(weight, price, instant(50_000))
  expect(Object.keys((await lake.format.load(next)).columns)).toEqual(['id', 'country', 'price'])
  const { groups } = await lake.format.offer(next)
  expect(groups.map((group) => group.fields.map((field) => field.name))).toEqual([['id', 'country', 'price']])
  expect(groups.flatMap((group) => group.files.map((file) => file.partition))).toEqual([[111]])
})

test('a rollback goes behind the point where a table was forked, and no further than its line leads', async () => {
  const { table, environment, base } = await forked('behind')
  const [, first] = await lake.format.versions(base)
  if (first === undefined) throw new Error('two versions were written')
  const then = await lake.format.at(base, { version: first.id })
  await appendIn(lake, environment, table, 3)
  await appendIn(lake, 'prod', table, 4, { at: instant(40_000) })
  const head = await headOf(lake, table, environment)
  const { next } = await lake.format.revert(head, then, instant(50_000))
  expect([await idsOf(lake, next), next.uuid, (await lake.format.load(next)).data]).toEqual([[1], head.uuid, first.id])
  expect((await lake.format.load(next)).progress).toEqual(progress)
  const later = await headOf(lake, table)
  await expect(lake.format.revert(head, later, instant(60_000))).rejects.toThrow('lake/no-version')
  const other = await forked('behind-other')
  await expect(lake.format.revert(head, other.base, instant(60_000))).rejects.toThrow('lake/no-version')
})

test('a rollback reaches a version that the head has forgotten', async () => {
  const table = 'silver.forgotten'
  for (const at of [1, 2, 3]) await appendIn(lake, 'prod', table, at, { at: instant(at * 1000) })
  const head = await headOf(lake, table)
  const then = await lake.format.at(head, { instant: instant(2000) })
  const staged = await lake.format.expire(head, { versions: 1, newerThan: instant(50_000) })
  if (staged === null) throw new Error('something was to expire')
  expect(await idsOf(lake, (await lake.format.revert(staged.next, then, instant(60_000))).next)).toEqual([1, 2])
})

test.each([
  ['list', (version: string): string => listOf(version)],
  ['metadata', toPath],
])('a rollback does without the %s of the head that it takes back', async (what, pathOf) => {
  const table = `silver.without-${what}` as const
  await appendIn(lake, 'prod', table, 1)
  const good = await headOf(lake, table)
  await appendIn(lake, 'prod', table, 2)
  const head = await headOf(lake, table)
  rmSync(pathOf(head.version))
  // A process that has not written it: this one remembers the metadata.
  const fresh = icebergFormat({ store: localStore(), newId: () => crypto.randomUUID() })
  await expect(fresh.offer(head)).rejects.toThrow('lake/corrupt')
  const staged = await fresh.revert(head, good, instant(30_000))
  await publish(lake, [staged], { how: 'rollback', at: instant(30_000) })
  const now = await headOf(lake, table)
  expect(now.uuid).toBe(good.uuid)
  expect(await idsOf(lake, now)).toEqual([1])
  expect(await fresh.load(now)).toMatchObject({ rows: 1, files: 1 })
  await appendIn(lake, 'prod', table, 3)
  expect(await idsOf(lake, await headOf(lake, table))).toEqual([1, 3])
})

function listOf(version: string): string {
  const { snapshots } = parseMetadata(readFileSync(toPath(version), 'utf8'), version)
  return toPath(snapshots.at(-1)?.['manifest-list'] ?? '')
}
