import type { Columns, SqlFacts, SqlModel, TableName } from '@millrace/core'
import { bindAll } from '../src/bind/bind-all.ts'
import { outlineAll } from '../src/bind/outline-all.ts'
import { openScratch, type Scratch } from '../src/bind/scratch.ts'
import { InputTables } from '../src/bind/tables.ts'
import type { BoundFacts } from '../src/facts.ts'
import { LineCache } from '../src/line-cache.ts'
import { GraphReading } from '../src/read/graph-reading.ts'
import type { Binder } from '../src/read/lookup.ts'
import { type QueryFacts, readQuery } from '../src/read/query.ts'

/** The small tables that the fixtures speak of. */
export const ddl: string = `
  create table sale(qty int, fee int, tag text);
  create table item(qty int, cost int);
  create table staff(id int, lead int, label text);
  create table doc(id int, dims struct(x int, y text), parts int[]);
  create table tick(k bigint, ts timestamp, v double, parts int[])`

const fixtureTables = ['sale', 'item', 'staff', 'doc', 'tick'].map((name) => `main.${name}`)

/** Binds the fixtures' selects in this process: they hang on nothing. */
export class Fixtures {
  readonly #scratch: Scratch

  private constructor(scratch: Scratch) {
    this.#scratch = scratch
  }

  static async open(): Promise<Fixtures> {
    const scratch = await openScratch()
    await scratch.run(ddl)
    return new Fixtures(scratch)
  }

  /** Facts of one select, whatever mistakes it holds. */
  async bind(sql: string): Promise<BoundFacts> {
    const params = [...sql.matchAll(/\$(\w+)/g)].map((found) => found[1] ?? '')
    const [facts] = await bindAll(this.#scratch, [{ sql, reads: fixtureTables, params: [...new Set(params)] }])
    if (facts === undefined) throw new Error('no facts')
    return facts
  }

  /** Facts of a select that must be without mistakes. */
  async sound(sql: string): Promise<BoundFacts> {
    const facts = await this.bind(sql)
    if (facts.findings.length > 0) throw new Error(`${sql}: ${JSON.stringify(facts.findings)}`)
    return facts
  }
}

/** The whole reading of a graph, over a scratch database in this process instead of a worker. */
export async function inProcess(): Promise<Binder> {
  const scratch = await openScratch()
  const tables = new InputTables(scratch)
  return {
    width: 2,
    outline: (texts) => outlineAll(scratch, texts),
    async bind(tasks) {
      await tables.make(tables.claim(tasks.flatMap((task) => task.tables)))
      return bindAll(scratch, tasks)
    },
  }
}

export const orders: Columns = {
  id: { type: 'int64' },
  customer: { type: 'int32' },
  amount: { type: 'decimal(12,2)' },
  tag: { type: 'string' },
  day: { type: 'date' },
  made_at: { type: 'timestamp' },
}

export const knownTables: ReadonlyMap<TableName, Columns> = new Map([
  ['bronze.orders', orders],
  ['bronze.people', { id: { type: 'int32' }, name: { type: 'string' } }],
])

export const modelOf = (name: TableName, sql: string): SqlModel => ({
  name,
  sql,
  file: `tables/${name.replace('.', '/')}.sql`,
  start: { line: 3, column: 1 },
})

/** Reads models, given as name and text. */
export async function readModels(
  binder: Binder,
  models: Readonly<Record<TableName, string>>,
  known: ReadonlyMap<TableName, Columns> = knownTables,
): Promise<ReadonlyMap<TableName, SqlFacts>> {
  const list = Object.entries(models).map(([name, sql]) => modelOf(name as TableName, sql))
  return new GraphReading(list, known, binder, await LineCache.open(null)).run()
}

export async function queryOf(
  binder: Binder,
  sql: string,
  params: Readonly<Record<string, string | number | bigint>> = {},
): Promise<QueryFacts> {
  return readQuery(sql, knownTables, params, binder, await LineCache.open(null))
}
