import { afterAll, beforeAll, expect, test } from 'vitest'
import { change, draftOf, headOf, type Lake, made, openLake, progress, publish, spec } from './support/lake.ts'
import { readScan, writeRows } from './support/parquet.ts'

let lake: Lake
beforeAll(async () => {
  lake = await openLake()
})
afterAll(() => lake.catalog.close())

const columns = { id: { type: 'int64' }, country: { type: 'string' } } as const

test('an appended table reads back with its rows, progress and fingerprint', async () => {
  const draft = await draftOf(lake, 'silver.orders', spec(columns))
  const add = await writeRows(draft, { sql: "select * from (values (1, 'de'), (2, 'fr')) t(id, country)" })
  const staged = await lake.format.stage(draft, change(add))
  expect((await lake.catalog.resolve('prod')).size).toBe(0)
  await publish(lake, [staged])
  const head = await headOf(lake, 'silver.orders')
  const state = await lake.format.load(head)
  expect(state).toMatchObject({ rows: 2, files: 1, made, progress, columns })
  expect(await readScan(await lake.format.offer(head))).toEqual([
    { id: '1', country: 'de' },
    { id: '2', country: 'fr' },
  ])
})

test('a partitioned table offers only the files that a range may meet', async () => {
  const draft = await draftOf(lake, 'silver.parts', spec(columns, { partition: ['country'] }))
  const add = await writeRows(
    draft,
    { sql: "select 1 as id, 'de' as country", partition: ['de'] },
    { sql: "select 2 as id, 'fr' as country", partition: ['fr'] },
  )
  await publish(lake, [await lake.format.stage(draft, change(add))])
  const head = await headOf(lake, 'silver.parts')
  const scan = await lake.format.offer(head, { country: { in: ['fr'] } })
  expect(await readScan(scan)).toEqual([{ id: '2', country: 'fr' }])
  expect(scan.total).toMatchObject({ files: 2, rows: 2 })
  expect(scan.groups[0]?.files[0]).toMatchObject({ partition: ['fr'], schema: 0, spec: 0 })
})
