import { cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Benchmark, Place } from './harness/benchmark.ts'
import { generate } from './harness/duckdb.ts'
import { millrace, packed } from './harness/millrace.ts'
import { once, writeProject } from './harness/place.ts'

const rowsOf = (small: boolean): number => (small ? 5_000 : 100_000)

const files = {
  'millrace.config.ts': `import { defineProject } from 'millrace'

export default defineProject({ name: 'layers', environments: { dev: {} } })
`,
  'tables/bronze/orders.ts': `import { defineSource } from 'millrace'

export const orders = defineSource({
  connector: 'files',
  config: { path: 'landing/*.csv' },
  tables: {
    'bronze.orders': {
      write: 'append',
      columns: {
        order_id: { type: 'int64' },
        customer_id: { type: 'int32' },
        quantity: { type: 'int32' },
        amount: { type: 'decimal(12,2)' },
        ordered_at: { type: 'timestamp' },
      },
    },
  },
})
`,
  'tables/silver/orders.sql': `/* millrace
write: { merge: order_id, newest: ordered_at }
columns:
  order_id: { checks: [not_null, unique] }
*/
select order_id, customer_id, quantity, amount, ordered_at from bronze.orders where quantity > 0
`,
  'tables/gold/daily.sql': `/* millrace
write: replace
columns:
  revenue: { checks: [{ min: 0 }] }
*/
select ordered_at::date as day, count(*) as orders, sum(amount)::decimal(18,2) as revenue
from silver.orders
group by all
`,
}

/** A project that was never run: no cache, no catalog, no tables. */
async function coldProject({ data, work, small }: Place): Promise<void> {
  await once(data, 'orders', () =>
    generate([
      `COPY (SELECT i AS order_id, (hash(i) % 5000)::int AS customer_id, (1 + hash(i * 3) % 9)::int AS quantity,
         ((hash(i * 5) % 1000000) / 100)::decimal(12,2) AS amount,
         timestamp '2026-01-01' + to_seconds((hash(i * 11) % 7776000)::bigint) AS ordered_at
       FROM range(${rowsOf(small)}) t(i)) TO '${join(data, 'orders.csv')}' (FORMAT csv, HEADER)`,
    ]),
  )
  writeProject(work, files)
  cpSync(join(data, 'orders.csv'), join(work, 'landing/orders.csv'))
}

export const benchmark: Benchmark = {
  name: 'project',
  about: 'three layers from CSV to figures, cold: load, merge, aggregate, check, publish',
  sizes: (small) => ({ rows: rowsOf(small) }),
  budget: [{ of: 'millrace, packed', seconds: 1, over: 'node -e 0' }],
  repetitions: 5,
  prepare: () => {},
  ours: [
    { name: 'millrace, packed', ready: coldProject, command: ({ work }) => packed(['run', '--project', work]) },
    { name: 'millrace, from sources', ready: coldProject, command: ({ work }) => millrace(['run', '--project', work]) },
  ],
  peers: [{ name: 'node -e 0', command: () => ({ file: process.execPath, args: ['-e', '0'] }) }],
}
