// The shop, made by the real command, as other programs read it: every value of every table.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readWithPolars, readWithPyIceberg } from '@millrace/testkit/pyiceberg'
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
  expect(run.err).toContain('published 17 tables')
  expect(run.exit).toBe(0)
})

afterAll(() => rmSync(shop, { recursive: true, force: true }))

/** One spelling for both sides: moments in UTC to the millisecond, numbers as text. */
function plain(value: unknown): unknown {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value)) return new Date(value).toISOString()
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, plain(one)]))
  return value
}

const sorted = (list: readonly unknown[]): readonly string[] => list.map((row) => JSON.stringify(plain(row))).toSorted()

test('every table reads the same in PyIceberg and in Polars', () => {
  const tables = (JSON.parse(millrace(shop, ['tables', '--json']).out) as Listed[]).filter(
    (one) => one.format === 'iceberg',
  )
  expect(tables.length).toBe(16)
  for (const { table } of tables) {
    const ours = sorted(rows(shop, `from ${table}`))
    const seen = JSON.parse(millrace(shop, ['table', table, '--json']).out) as { readonly metadata: string }
    expect(ours.length, table).toBeGreaterThan(0)
    expect(sorted(readWithPyIceberg({ python, catalog, environment: 'dev', table })), `${table} in PyIceberg`).toEqual(
      ours,
    )
    expect(sorted(readWithPolars(python, seen.metadata)), `${table} in Polars`).toEqual(ours)
  }
})

test('PyIceberg finds rows by our statistics and hidden partitions', () => {
  const filter = "ordered_at >= '2026-02-10T00:00:00+00:00' and ordered_at < '2026-02-12T00:00:00+00:00'"
  const theirs = readWithPyIceberg({ python, catalog, environment: 'dev', table: 'silver.orders', filter })
  const ours = rows(shop, "from silver.orders where ordered_at >= '2026-02-10' and ordered_at < '2026-02-12'")
  expect(ours.length).toBeGreaterThan(10)
  expect(sorted(theirs)).toEqual(sorted(ours))
})
