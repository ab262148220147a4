// The shop, made by the real command, as other programs read it: every value of every table.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { readWithPyIceberg, runPyIceberg } from '@millrace/testkit/pyiceberg'
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

/** All tables in one process of each reader: starting Python forty times would be most of the test. */
const readAll = `
from pyiceberg.catalog.sql import SqlCatalog
import polars
catalog = SqlCatalog("dev", uri="sqlite:///" + request["catalog"], init_catalog_tables="false")
def read(table, reader):
    loaded = catalog.load_table(table)
    if reader == "pyiceberg": return loaded.scan().to_arrow().to_pylist()
    return polars.scan_iceberg(loaded.metadata_location, reader_override="native").collect().to_dicts()
rows = [{"table": t, "reader": r, "rows": read(t, r)} for t in request["tables"] for r in ("pyiceberg", "polars")]
`

test('every table reads the same in PyIceberg and in Polars', () => {
  const listed = JSON.parse(millrace(shop, ['tables', '--json']).out) as Listed[]
  const tables = listed.filter((one) => one.format === 'iceberg').map((one) => one.table)
  expect(tables.length).toBe(16)
  const theirs = runPyIceberg(python, readAll, { catalog, tables })
  const ours = new Map(tables.map((table) => [table, sorted(rows(shop, `from ${table}`))]))
  expect(theirs.length).toBe(32)
  for (const { table, reader, rows: found } of theirs) {
    const wanted = ours.get(String(table)) ?? []
    expect(wanted.length, String(table)).toBeGreaterThan(0)
    expect(sorted(found as readonly unknown[]), `${String(table)} in ${String(reader)}`).toEqual(wanted)
  }
})

test('PyIceberg finds rows by our statistics and hidden partitions', () => {
  const filter = "ordered_at >= '2026-02-10T00:00:00+00:00' and ordered_at < '2026-02-12T00:00:00+00:00'"
  const theirs = readWithPyIceberg({ python, catalog, environment: 'dev', table: 'silver.orders', filter })
  const ours = rows(shop, "from silver.orders where ordered_at >= '2026-02-10' and ordered_at < '2026-02-12'")
  expect(ours.length).toBeGreaterThan(10)
  expect(sorted(theirs)).toEqual(sorted(ours))
})
