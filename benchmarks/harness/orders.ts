// The orders of `csv` and `csv10`: about 100 bytes a row, 30 days, every type that a shop has.
import { join } from 'node:path'
import type { Place } from './benchmark.ts'
import { generate } from './duckdb.ts'
import { once } from './place.ts'

export const orderRows = (small: boolean): number => (small ? 20_000 : 10_000_000)

export const ordersCsv = ({ data }: Pick<Place, 'data'>): string => join(data, 'orders.csv')

/** Columns as DuckDB's reader takes them; the project below says the same. */
export const duckColumns: Readonly<Record<string, string>> = {
  order_id: 'BIGINT',
  customer_id: 'INTEGER',
  sku: 'VARCHAR',
  note: 'VARCHAR',
  quantity: 'INTEGER',
  amount: 'DECIMAL(12,2)',
  ordered_at: 'TIMESTAMP',
  country: 'VARCHAR',
}

export async function makeOrders(place: Place): Promise<void> {
  const { data, small } = place
  await once(data, 'orders', () =>
    generate([
      `COPY (SELECT i AS order_id, (hash(i) % 500000)::int AS customer_id,
         'SKU-' || lpad((hash(i * 7) % 20000)::varchar, 6, '0') AS sku,
         md5(i::varchar) || ' ' || (i % 97) AS note,
         (1 + hash(i * 3) % 9)::int AS quantity,
         ((hash(i * 5) % 1000000) / 100)::decimal(12,2) AS amount,
         timestamp '2026-01-01' + to_microseconds((hash(i * 11) % 2592000000000)::bigint) AS ordered_at,
         ['DE','US','FR','JP','BR','IN','GB','CN'][1 + (hash(i * 13) % 8)::int] AS country
       FROM range(${orderRows(small)}) t(i)) TO '${ordersCsv(place)}' (FORMAT csv, HEADER)`,
    ]),
  )
}

export const ordersProject = (path: string, engineMemory: string): Readonly<Record<string, string>> => ({
  'millrace.config.ts': `import { defineProject } from 'millrace'

export default defineProject({ name: 'orders', environments: { dev: { engineMemory: '${engineMemory}' } } })
`,
  'tables/bronze/orders.ts': `import { defineSource } from 'millrace'

export const orders = defineSource({
  connector: 'files',
  config: { path: '${path}' },
  tables: {
    'bronze.orders': {
      write: 'append',
      partition: ['day(ordered_at)'],
      columns: {
        order_id: { type: 'int64' },
        customer_id: { type: 'int32' },
        sku: { type: 'string' },
        note: { type: 'string' },
        quantity: { type: 'int32' },
        amount: { type: 'decimal(12,2)' },
        ordered_at: { type: 'timestamp' },
        country: { type: 'string' },
      },
    },
  },
})
`,
})
