// Non-interference: scrambling the values of a column that lineage does not name must change no result. The check needs no
// second opinion on what lineage is; it runs the queries.
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { bindAll } from '../src/bind/bind-all.ts'
import { openScratch } from '../src/bind/scratch.ts'
import { type BoundFacts, unpackEdges } from '../src/facts.ts'
import { quoted } from '../src/text/quote.ts'
import { ddl } from './binding.ts'
import { changes } from './fixtures/changes.ts'
import { flows } from './fixtures/flows.ts'
import { rewrites } from './fixtures/rewrites.ts'
import { starDdl, starQueries, starRows } from './fixtures/star.ts'

interface StoredColumn {
  readonly table: string
  readonly column: string
  readonly type: string
}

const rowsOfFixtures = `
  insert into sale select ((i * 5) % 4)::int, ((i * 3) % 5)::int, chr(97 + (i % 3)::int) from range(20) r(i);
  insert into item select ((i * 2) % 5)::int, ((i * 3) % 7)::int from range(15) r(i);
  insert into staff select i::int, (i // 2)::int, 'n' || i from range(9) r(i);
  insert into doc select i::int, {'x': i::int, 'y': 'k' || i}, [i::int, (i + 1)::int] from range(6) r(i);
  insert into tick select i, timestamp '2020-01-01' + interval (i) day, i * 1.5::double, [i::int] from range(7) r(i)`

/** Other values of the same type. */
function scrambled({ column, type }: StoredColumn): string {
  if (type.endsWith('[]')) return `list_reverse(${column})[1:1]`
  if (type.startsWith('STRUCT')) return `null::${type}`
  if (/INT|DOUBLE|DECIMAL/.test(type)) return `((${column}::bigint * 7 + 3) % 11)::${type}`
  if (type === 'VARCHAR') return `'Z' || reverse(${column})`
  return type === 'DATE' ? `(${column} - interval 400 day)::date` : `${column} - interval 400 day`
}

/** The tables with their rows in one schema, and views over them that may scramble a column. */
class Scrambler {
  readonly #connection: DuckDBConnection
  readonly columns: readonly StoredColumn[]

  private constructor(connection: DuckDBConnection, columns: readonly StoredColumn[]) {
    this.#connection = connection
    this.columns = columns
  }

  static async open(tables: string, rows: string): Promise<Scrambler> {
    const connection = await (await DuckDBInstance.create(':memory:')).connect()
    await connection.run(`create schema base; use base; ${tables}; ${rows}; use main`)
    const found = await connection.runAndReadAll(
      "select table_name, column_name, data_type from information_schema.columns where table_schema = 'base'",
    )
    const columns = found
      .getRows()
      .map(([table, column, type]) => ({ table: String(table), column: String(column), type: String(type) }))
    const scrambler = new Scrambler(connection, columns)
    for (const table of new Set(columns.map((one) => one.table))) await scrambler.#show(table, null)
    return scrambler
  }

  async #show(table: string, column: StoredColumn | null): Promise<void> {
    const replaced = column === null ? '' : `replace (${scrambled(column)} as ${quoted(column.column)})`
    await this.#connection.run(`create or replace view main.${table} as select * ${replaced} from base.${table}`)
  }

  /** Each output column as a bag of values; null where the query fails on these values. */
  async run(sql: string): Promise<readonly string[] | null> {
    try {
      const columns = (await this.#connection.runAndReadAll(sql)).getColumnsJson()
      return columns.map((values) => JSON.stringify(values.map((value) => JSON.stringify(value)).toSorted()))
    } catch {
      return null
    }
  }

  async runWith(column: StoredColumn, sql: string): Promise<readonly string[] | null> {
    await this.#show(column.table, column)
    const result = await this.run(sql)
    await this.#show(column.table, null)
    return result
  }
}

// What gives other results by itself proves nothing: chance, the clock, and rows chosen without an order.
const unsteady = /random|sample|\$|positional|now\(\)|current|limit \d+%?( offset \d+)?$/i

/** Outputs that moved though lineage names nothing of the scrambled column; and how many comparisons were made. */
async function leaks(
  scrambler: Scrambler,
  sql: string,
  facts: BoundFacts,
): Promise<{ moved: string[]; checks: number }> {
  const moved: string[] = []
  let checks = 0
  const before = await scrambler.run(sql)
  if (before === null) return { moved, checks }
  for (const column of scrambler.columns.filter((one) => facts.tables.includes(`main.${one.table}`))) {
    const edges = unpackEdges(facts).filter(({ from }) => from === `main.${column.table}.${column.column}`)
    if (edges.some(({ to }) => to === -1)) continue
    const after = await scrambler.runWith(column, sql)
    for (const [i, values] of (after ?? []).entries()) {
      if (edges.some(({ to }) => to === i)) continue
      checks++
      if (values !== before[i]) moved.push(`${sql}: ${column.table}.${column.column} moves ${facts.columns[i]?.[0]}`)
    }
  }
  return { moved, checks }
}

async function checkAll(tables: string, rows: string, queries: readonly string[]): Promise<number> {
  const scratch = await openScratch()
  await scratch.run(tables)
  const names = [...tables.matchAll(/create table (\w+)/g)].map((found) => `main.${found[1]}`)
  const scrambler = await Scrambler.open(tables, rows)
  const steady = queries.filter((sql) => !unsteady.test(sql))
  const bound = await bindAll(
    scratch,
    steady.map((sql) => ({ sql, reads: names, params: [] })),
  )
  let checks = 0
  for (const [i, sql] of steady.entries()) {
    const facts = bound[i]
    if (facts === undefined || facts.columns.length === 0) continue
    const found = await leaks(scrambler, sql, facts)
    expect(found.moved).toEqual([])
    checks += found.checks
  }
  return checks
}

/** How many outputs that lineage hangs on a column move when it is scrambled, and how many there are. */
async function movesOf(queries: readonly string[]): Promise<{ moved: number; named: number }> {
  const scratch = await openScratch()
  await scratch.run(starDdl)
  const names = [...starDdl.matchAll(/create table (\w+)/g)].map((found) => `main.${found[1]}`)
  const scrambler = await Scrambler.open(starDdl, starRows)
  const bound = await bindAll(
    scratch,
    queries.map((sql) => ({ sql, reads: names, params: [] })),
  )
  const counts = { moved: 0, named: 0 }
  for (const [i, sql] of queries.entries()) {
    const edges = unpackEdges(bound[i] as BoundFacts).filter(({ to }) => to >= 0)
    const before = await scrambler.run(sql)
    for (const column of scrambler.columns) {
      const hit = new Set(
        edges.flatMap(({ from, to }) => (from === `main.${column.table}.${column.column}` ? [to] : [])),
      )
      if (hit.size === 0 || before === null) continue
      const after = await scrambler.runWith(column, sql)
      counts.named += hit.size
      counts.moved += [...hit].filter((to) => after?.[to] !== before[to]).length
    }
  }
  return counts
}

test('scrambling does scramble: what lineage does name moves, nearly always', async () => {
  const { moved, named } = await movesOf(starQueries.filter((sql) => !unsteady.test(sql)))
  expect(named).toBeGreaterThan(50)
  expect(moved / named).toBeGreaterThan(0.8)
})

test('scrambling a column that lineage does not name changes no result of the fixtures', async () => {
  const queries = [
    ...flows.map(([sql]) => sql),
    ...[...changes, ...rewrites].flatMap(([, first, second]) => [first, second]),
  ]
  expect(await checkAll(ddl, rowsOfFixtures, queries)).toBeGreaterThan(300)
})

test('nor of questions asked of a star of tables', async () => {
  expect(await checkAll(starDdl, starRows, starQueries)).toBeGreaterThan(150)
})

test('every question of the star is understood, and no two of them hash alike', async () => {
  const scratch = await openScratch()
  await scratch.run(starDdl)
  const reads = ['fact_sale', 'dim_product', 'dim_store', 'dim_buyer', 'fact_return'].map((name) => `main.${name}`)
  const bound = await bindAll(
    scratch,
    starQueries.map((sql) => ({ sql, reads, params: [] })),
  )
  expect(bound.flatMap((one) => one.findings)).toEqual([])
  expect(new Set(bound.map((one) => one.rows + one.hashes.join())).size).toBe(starQueries.length)
})
