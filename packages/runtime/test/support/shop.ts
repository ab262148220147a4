import { join } from 'node:path'
import { type Asker, type Row, sorted } from './bench.ts'
import { csvSource, type Files, makeProject, model, writeFiles } from './project.ts'

/** Files, a merge by key with quarantine, a sum: the smallest project in which everything that publishes happens. */
export const shopFiles: Files = {
  'tables/raw/orders.ts': csvSource('raw.orders', { id: 'int64', amount: 'int64', seen: 'int64' }),
  'tables/silver/orders.sql': model(
    `write: { merge: id, newest: seen }
keep: { versions: 1, history: 0s }
columns:
  amount: { checks: [{ rule: { min: 0 }, on: quarantine }] }`,
    'select id, amount, seen from raw.orders',
  ),
  'tables/gold/totals.sql': model(
    'write: replace',
    'select id % 3 as part, sum(amount)::int64 as amount, count(*) as orders from silver.orders group by all',
  ),
}

interface Order {
  readonly id: number
  readonly amount: number
  readonly seen: number
}

/** Drops files into the shop and knows, without a database, what its tables must show of them. */
export class Shop {
  readonly root: string = makeProject(shopFiles)
  readonly #random: () => number
  readonly #orders: Order[] = []
  readonly #torn: string[] = []
  #files = 0
  #seen = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** A file with a few orders: some repeat a key, some are worth less than nothing, some cannot be read. */
  drop(): void {
    const name = `${String(++this.#files).padStart(5, '0')}.csv`
    const lines = ['id,amount,seen']
    for (let i = 0; i < 4; i++) {
      const order = {
        id: Math.floor(this.#random() * 12),
        amount: Math.floor(this.#random() * 100) - 10,
        seen: ++this.#seen,
      }
      if (this.#random() < 0.15) {
        this.#torn.push(`${name}:${lines.push(`${order.id},x,${order.seen}`)}`)
      } else {
        this.#orders.push(order)
        lines.push(`${order.id},${order.amount},${order.seen}`)
      }
    }
    writeFiles(this.root, { [join('in/raw.orders', name)]: `${lines.join('\n')}\n` })
  }

  expected(): Readonly<Record<string, readonly string[]>> {
    const newest = new Map<number, Order>()
    for (const order of this.#orders) if (order.amount >= 0) newest.set(order.id, order)
    const parts = Map.groupBy(newest.values(), (order) => order.id % 3)
    const totals = [...parts].map(([part, orders]) => ({
      part,
      amount: orders.reduce((sum, one) => sum + one.amount, 0),
      orders: orders.length,
    }))
    const refused = this.#orders.filter((order) => order.amount < 0)
    return {
      'raw.orders': rowsOf(this.#orders),
      'silver.orders': rowsOf([...newest.values()]),
      'gold.totals': rowsOf(totals),
      'raw.orders__rejects': this.#torn.toSorted(),
      'silver.orders__rejects': refused.map((order) => JSON.stringify(order)).toSorted(),
    }
  }

  async shown(asker: Asker): Promise<Readonly<Record<string, readonly string[]>>> {
    const torn = await maybe(asker, 'raw.orders__rejects')
    const refused = await maybe(asker, 'silver.orders__rejects')
    return {
      'raw.orders': sorted(await asker.rows('select * from raw.orders')),
      'silver.orders': sorted(await asker.rows('select * from silver.orders')),
      'gold.totals': sorted(await asker.rows('select * from gold.totals')),
      'raw.orders__rejects': torn.map((row) => `${String(row['file']).slice(-9)}:${String(row['line'])}`).toSorted(),
      'silver.orders__rejects': refused.map((row) => String(row['raw'])).toSorted(),
    }
  }
}

const rowsOf = (rows: readonly object[]): readonly string[] => sorted(rows as readonly Row[])

/** A table of rejects is made with the first reject. */
async function maybe(asker: Asker, table: string): Promise<readonly Row[]> {
  const tables = await asker.lakehouse.catalog.resolve(asker.lakehouse.environment)
  return [...tables.keys()].some((one) => one === table) ? await asker.rows(`select * from ${table}`) : []
}
