// The shop, made by the real command, as other programs read it: every value of every table.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readWithBoth, readWithPyIceberg, spelled } from '@millrace/testkit/pyiceberg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { generateShop } from '../examples/shop/generate.ts'
import { pythonEnvironment } from '../tools/python-env.ts'
import { millrace, rows, shopFolder } from './support/command.ts'

const shop = shopFolder()
const catalog = join(shop, '.millrace/catalog.db')
let python = ''

interface Listed {
  readonly table: string
  readonly format: string
}

beforeAll(() => {
  python = pythonEnvironment()
  generateShop({ rows: 1500, to: join(shop, 'landing') })
  const run = millrace(shop, ['run'])
  if (run.exit !== 0) throw new Error(run.err)
})

afterAll(() => rmSync(shop, { recursive: true, force: true }))

test('every table reads the same in PyIceberg and in Polars', () => {
  const listed = JSON.parse(millrace(shop, ['tables', '--json']).out) as Listed[]
  const tables = listed.filter((one) => one.format === 'iceberg').map((one) => one.table)
  expect(tables.length).toBe(16)
  const theirs = readWithBoth({ python, catalog, environment: 'dev', tables })
  expect(theirs.size).toBe(32)
  for (const table of tables) {
    const wanted = spelled(rows(shop, `from ${table}`))
    expect(wanted.length, table).toBeGreaterThan(0)
    for (const reader of [`${table} in pyiceberg`, `${table} in polars`])
      expect(spelled(theirs.get(reader) ?? []), reader).toEqual(wanted)
  }
})

test('PyIceberg finds rows by our statistics and hidden partitions', () => {
  const filter = "ordered_at >= '2026-02-10T00:00:00+00:00' and ordered_at < '2026-02-12T00:00:00+00:00'"
  const theirs = readWithPyIceberg({ python, catalog, environment: 'dev', table: 'silver.orders', filter })
  const ours = rows(shop, "from silver.orders where ordered_at >= '2026-02-10' and ordered_at < '2026-02-12'")
  expect(ours.length).toBeGreaterThan(10)
  expect(spelled(theirs)).toEqual(spelled(ours))
})
