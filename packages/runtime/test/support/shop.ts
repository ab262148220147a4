import { join } from 'node:path'
import { type Asker, type Row, sorted } from './bench.ts'
import { csvSource, type Files, makeProject, model, writeFiles } from './project.ts'

/** Files, a merge by key with quarantine, a sum; days, versions, a seed, and functions of the project that make rows: the
 * smallest project in which everything that publishes happens. */
export const shopFiles: Files = {
  'tables/raw/orders.ts': csvSource('raw.orders', {
    id: 'int64',
    amount: 'int64',
    seen: 'int64',
    happened_at: 'timestamptz',
  }),
  'tables/silver/daily.sql': model(
    'write: { interval: day }\npartition: day(day)',
    `select happened_at::date as day, sum(amount)::int64 as amount from raw.orders where happened_at >= $from and happened_at < $to group by all`,
  ),
  'tables/silver/versions.sql': model(
    'write: { history: id, type: 2, changedAt: seen, track: [amount] }\nreads: { raw.orders: changes }',
    'select id, amount, seen from raw.orders',
  ),
  'tables/raw/visits.ts': `import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineSource } from 'millrace'
const file = join(import.meta.dirname, '../../visits.txt')
export default defineSource({
  write: 'append', columns: { visit: { type: 'int64' } },
  async *read({ after }) {
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\\n') : []
    for (let at = Number(after ?? 0); at < lines.length; at++) {
      yield { row: { visit: BigInt(lines[at]) } }
      yield { position: String(at + 1) }
    }
  },
})\n`,
  'seeds/ref/parts.csv': 'part,name\n',
  'seeds/ref/parts.yaml': 'columns: { part: int64, name: string }\n',
  'tables/gold/named.ts': `import { defineModel } from 'millrace'
export default defineModel({
  reads: ['ref.parts', 'gold.totals'], write: 'replace',
  columns: { name: { type: 'string' }, amount: { type: 'int64' } },
  async *run({ rows }) {
    const names = new Map()
    for await (const { part, name } of rows('ref.parts')) names.set(part, name)
    for await (const { part, amount } of rows('gold.totals')) yield { name: names.get(part) ?? null, amount }
  },
})\n`,
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
  /** Days after the first of January. */
  readonly day: number
}

/** Drops files into the shop and knows, without a database, what its tables must show of them. */
export class Shop {
  readonly root: string = makeProject(shopFiles)
  readonly #random: () => number
  readonly #orders: Order[] = []
  readonly #torn: string[] = []
  #visits = 0
  #files = 0
  #seen = 0

  constructor(random: () => number) {
    this.#random = random
  }

  /** A file with a few orders: some repeat a key, some are worth less than nothing, some cannot be read. A few visits, and
   * other names for the parts. */
  drop(): void {
    const name = `${String(++this.#files).padStart(5, '0')}.csv`
    const lines = ['id,amount,seen,happened_at']
    for (let i = 0; i < 4; i++) {
      const order = {
        id: Math.floor(this.#random() * 12),
        amount: Math.floor(this.#random() * 100) - 10,
        seen: ++this.#seen,
        day: Math.floor(this.#random() * 4),
      }
      const at = `2026-01-0${order.day + 1}T0${i}:00:00Z`
      if (this.#random() < 0.15) {
        this.#torn.push(`${name}:${lines.push(`${order.id},x,${order.seen},${at}`)}`)
      } else {
        this.#orders.push(order)
        lines.push(`${order.id},${order.amount},${order.seen},${at}`)
      }
    }
    this.#visits += 2
    const parts = this.#parts().map((one) => `${one.part},${one.name}`)
    writeFiles(this.root, {
      [join('in/raw.orders', name)]: `${lines.join('\n')}\n`,
      'visits.txt': `${this.#visitors().join('\n')}\n`,
      'seeds/ref/parts.csv': `${['part,name', ...parts].join('\n')}\n`,
    })
  }

  #visitors(): readonly number[] {
    return Array.from({ length: this.#visits }, (_, at) => at * 7)
  }

  #parts(): readonly { readonly part: number; readonly name: string }[] {
    return [0, 1, 2].map((part) => ({ part, name: `part ${part} of ${this.#files}` }))
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
    const names = new Map(this.#parts().map(({ part, name }) => [part, name]))
    const days = Map.groupBy(this.#orders, ({ day }) => day)
    return {
      'raw.orders': rowsOf(this.#orders.map(taken)),
      'raw.visits': rowsOf(this.#visitors().map((visit) => ({ visit }))),
      'ref.parts': rowsOf(this.#parts()),
      'silver.orders': rowsOf([...newest.values()].map(taken)),
      'silver.daily': rowsOf(
        [...days].map(([day, orders]) => ({
          day: `2026-01-0${day + 1}`,
          amount: orders.reduce((sum, one) => sum + one.amount, 0),
        })),
      ),
      'silver.versions': rowsOf(versionsOf(this.#orders)),
      'gold.named': rowsOf(totals.map(({ part, amount }) => ({ name: names.get(part), amount }))),
      'gold.totals': rowsOf(totals),
      'raw.orders__rejects': this.#torn.toSorted(),
      'silver.orders__rejects': refused.map((order) => JSON.stringify(taken(order))).toSorted(),
    }
  }

  async shown(asker: Asker): Promise<Readonly<Record<string, readonly string[]>>> {
    const torn = await maybe(asker, 'raw.orders__rejects')
    const refused = await maybe(asker, 'silver.orders__rejects')
    return {
      'raw.orders': sorted(await asker.rows('select * exclude (happened_at) from raw.orders')),
      'raw.visits': sorted(await asker.rows('from raw.visits')),
      'ref.parts': sorted(await asker.rows('from ref.parts')),
      'silver.orders': sorted(await asker.rows('select * from silver.orders')),
      'silver.daily': sorted(await asker.rows('from silver.daily')),
      'silver.versions': sorted(await asker.rows('select * exclude (version_key, seen) from silver.versions')),
      'gold.totals': sorted(await asker.rows('select * from gold.totals')),
      'gold.named': sorted(await asker.rows('from gold.named')),
      'raw.orders__rejects': torn.map((row) => `${String(row['file']).slice(-9)}:${String(row['line'])}`).toSorted(),
      'silver.orders__rejects': refused.map((row) => String(row['raw'])).toSorted(),
    }
  }
}

const taken = ({ id, amount, seen }: Order): object => ({ id, amount, seen })

/** Orders come in the order of `seen`, so it does not matter which of them a run has taken together. */
function versionsOf(orders: readonly Order[]): readonly object[] {
  return [...Map.groupBy(orders, ({ id }) => id)].flatMap(([id, own]) => {
    const starts = own.filter(({ amount }, i) => own[i - 1]?.amount !== amount)
    return starts.map(({ amount, seen }, i) => {
      const next = starts[i + 1]?.seen
      return {
        id,
        amount,
        valid_from: seen,
        valid_to: next ?? null,
        is_current: next === undefined,
        valid_seen: own.findLast((one) => next === undefined || one.seen < next)?.seen,
      }
    })
  })
}

const rowsOf = (rows: readonly object[]): readonly string[] => sorted(rows as readonly Row[])

/** A table of rejects is made with the first reject. */
async function maybe(asker: Asker, table: string): Promise<readonly Row[]> {
  const tables = await asker.lakehouse.catalog.resolve(asker.lakehouse.environment)
  return [...tables.keys()].some((one) => one === table) ? await asker.rows(`select * from ${table}`) : []
}
