import { expect, test } from 'vitest'
import { outlineAll } from '../src/bind/outline-all.ts'
import { openScratch } from '../src/bind/scratch.ts'
import { ddl } from './binding.ts'
import { changes } from './fixtures/changes.ts'
import { flows } from './fixtures/flows.ts'
import { rewrites } from './fixtures/rewrites.ts'
import { starDdl, starQueries } from './fixtures/star.ts'

const scratch = await openScratch()
await scratch.run(ddl)
await scratch.run(starDdl)

async function namesIn(sql: string): Promise<readonly string[]> {
  const [outline] = await outlineAll(scratch, [sql])
  return (outline?.references ?? [])
    .map(({ schema, table }) => (schema === '' ? table : `${schema}.${table}`))
    .toSorted()
}

test.each([
  ['with sale as (select * from sale) select * from sale join raw.item on true', ['raw.item', 'sale']],
  ['with recursive r as (select 1 as n union all select n from r) select * from r, q', ['q']],
  ['with a as (select 1), b as (select * from a) select (select max(x) from z) from b', ['z']],
  ['select * from a.b where x in (with b as (select 1 as y) select y from b)', ['a.b']],
  ['select * from x, lateral (select * from y where y.i = x.i)', ['x', 'y']],
  ['from (pivot t on k in (1) using sum(v))', ['t']],
])('the tables of %s', async (sql, want) => {
  expect(await namesIn(sql)).toEqual(want)
})

test('references are those that DuckDB itself finds', async () => {
  const texts = [
    ...flows.map(([sql]) => sql),
    ...[...changes, ...rewrites].flatMap(([, first, second]) => [first, second]),
    ...starQueries,
  ]
  let compared = 0
  for (const sql of texts) {
    // It tells aliases too: `staff as x`.
    const names = await scratch.using((connection) => connection.getTableNames(sql, true))
    const told = names.map((name) => plain(name.replace(/ as .*$/i, '')))
    // It says nothing where it gives up: on `using`, asof joins and lateral lists, among others.
    if (told.length === 0) continue
    compared++
    const found = (await namesIn(sql)).map(plain)
    expect([sql, found]).toEqual([sql, [...new Set(told)].toSorted()])
  }
  expect(compared).toBeGreaterThan(250)
})

const plain = (name: string): string => name.replaceAll('"', '').toLowerCase()

test('a place is counted in characters, also after signs of several bytes', async () => {
  const sql = "select '💥é' as x\nfrom bronze.orders"
  const [outline] = await outlineAll(scratch, [sql])
  expect(outline?.references).toEqual([{ catalog: '', schema: 'bronze', table: 'orders', at: sql.indexOf('bronze') }])
})
