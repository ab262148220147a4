import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readWithPolars, readWithPyIceberg } from '@millrace/testkit/pyiceberg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pythonEnvironment } from '../../../tools/python-env.ts'
import { change, draftOf, headOf, type Lake, openLake, publish, spec, temporaryFolder } from './support/lake.ts'
import { writeRows } from './support/parquet.ts'

let python: string
let lake: Lake
beforeAll(async () => {
  python = pythonEnvironment()
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const pyiceberg = (table: string, more: object = {}, from: Lake = lake, environment = 'prod') =>
  readWithPyIceberg({ python, catalog: join(from.folder, 'catalog.db'), environment, table, ...more })

test('PyIceberg and Polars read every type as it was written', async () => {
  const columns = {
    id: { type: 'int64' },
    tiny: { type: 'int8' },
    whole: { type: 'int32' },
    big: { type: 'uint64' },
    f: { type: 'float32' },
    d: { type: 'float64' },
    money: { type: 'decimal(12,2)' },
    huge: { type: 'decimal(38,4)' },
    flag: { type: 'boolean' },
    name: { type: 'string' },
    doc: { type: 'json' },
    raw: { type: 'binary' },
    key: { type: 'uuid' },
    day: { type: 'date' },
    clock: { type: 'time' },
    seen: { type: 'timestamp' },
    seen_tz: { type: 'timestamptz' },
    tags: { type: { list: 'string' } },
    props: { type: { map: ['string', 'int32'] } },
    place: { type: { struct: { city: { type: 'string' }, zip: { type: 'int32' } } } },
    'a b/é': { type: 'string' },
  } as const
  const draft = await draftOf(lake, 'silver.types', spec(columns))
  const add = await writeRows(draft, {
    sql: `select 9007199254740993::bigint id, -5 tiny, 7 whole, 18446744073709551615::uhugeint big, 1.5 f, 'nan'::double d,
      123.45 money, 12345678901234567890.1234 huge, true flag, 'grüß 😀' as name, '{"a":1}' doc, 'ab'::blob raw,
      '0190b2f0-0000-7000-8000-000000000001'::uuid as key, date '1969-12-31' as day, time '12:34:56.789012' as clock,
      timestamp '1900-01-01 00:00:00.000001' seen, timestamptz '2024-02-29 23:00:00+00' seen_tz, ['x', null] tags,
      map {'k': 1} props, {'city': 'Köln', 'zip': 50667} place, 'v' as "a b/é"
      union all select 2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null`,
  })
  await publish(lake, [await lake.format.stage(draft, change(add))])
  const expected = {
    id: '9007199254740993',
    tiny: '-5',
    whole: '7',
    big: '18446744073709551615',
    f: '1.5',
    d: 'nan',
    money: '123.45',
    huge: '12345678901234567890.1234',
    flag: true,
    name: 'grüß 😀',
    doc: '{"a":1}',
    raw: '6162',
    day: '1969-12-31',
    clock: '12:34:56.789012',
    seen: '1900-01-01T00:00:00.000001',
    seen_tz: '2024-02-29T23:00:00+00:00',
    tags: ['x', null],
    place: { city: 'Köln', zip: '50667' },
    'a b/é': 'v',
  }
  const rows = pyiceberg('silver.types')
  expect(rows).toHaveLength(2)
  expect(rows[0]).toMatchObject({ ...expected, key: '0190b2f0-0000-7000-8000-000000000001', props: [['k', '1']] })
  expect(rows[1]).toMatchObject({ id: '2', money: null, place: null })
  const polars = readWithPolars(python, (await headOf(lake, 'silver.types')).version)
  expect(polars[0]).toMatchObject(expected)
  expect(polars).toHaveLength(2)
})

test('PyIceberg finds rows through our bounds and partitions', async () => {
  const columns = { id: { type: 'int64' }, at: { type: 'timestamp' }, name: { type: 'string' } } as const
  const partition = ['month(at)', 'bucket(4, id)']
  const draft = await draftOf(lake, 'silver.pruned', spec(columns, { partition }))
  const add = await writeRows(
    draft,
    { sql: "select 34 as id, timestamp '2024-01-05' as at, 'aaaaaaaaaaaaaaaaaaaaaaaa' as name", partition: [648, 3] },
    {
      sql: "select 35 as id, timestamp '2024-02-05' as at, '\u{10FFFF}zzzzzzzzzzzzzzzzzzzzz' as name",
      partition: [649, 0],
    },
  )
  await publish(lake, [await lake.format.stage(draft, change(add))])
  const ids = (filter: string) => pyiceberg('silver.pruned', { filter }).map((row) => row['id'])
  expect(ids("at >= '2024-02-01T00:00:00'")).toEqual(['35'])
  expect(ids("name = 'aaaaaaaaaaaaaaaaaaaaaaaa'")).toEqual(['34'])
  expect(ids('id = 34')).toEqual(['34'])
  expect(ids('id > 34')).toEqual(['35'])
})

test('spaces, percent signs and letters beyond ASCII in a path survive other readers', async () => {
  const folder = join(temporaryFolder(), 'my läke 100% 日本')
  mkdirSync(folder)
  const there = await openLake(folder)
  const draft = await draftOf(there, 'silver.paths', spec({ id: { type: 'int64' } }))
  const add = await writeRows(draft, { sql: 'select 1 as id' })
  await publish(there, [await there.format.stage(draft, change(add))])
  expect(pyiceberg('silver.paths', {}, there)).toEqual([{ id: '1' }])
  expect(readWithPolars(python, (await headOf(there, 'silver.paths')).version)).toEqual([{ id: '1' }])
  await there.catalog.close()
})
