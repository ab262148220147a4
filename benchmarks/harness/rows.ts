// What `query20` and `lookup4000` share: a table `bronze.rows` of Parquet files, and a query that is asked many times.
import type { Contestant } from './benchmark.ts'
import { script } from './millrace.ts'

/** A project that lands the Parquet files of a folder. */
export const rowsProject = (
  columns: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, string>> => {
  const typed = Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, { type }]))
  const table = { write: 'append', ...settings, columns: typed }
  return {
    'landing/.keep': '',
    'millrace.config.ts': `import { defineProject } from 'millrace'

export default defineProject({ name: 'rows', environments: { dev: {} } })
`,
    'tables/bronze/rows.ts': `import { defineSource } from 'millrace'

export const rows = defineSource({
  connector: 'files',
  config: { path: 'landing/*.parquet' },
  tables: { 'bronze.rows': ${JSON.stringify(table)} },
})
`,
  }
}

/** One way of `warm-query.ts`. */
export const warmQuery = (name: string, way: string, sql: (small: boolean) => string): Contestant => ({
  name,
  command: ({ data, small }) => script('warm-query.ts', [way, data, sql(small), settingsOf(small)]),
})

const settingsOf = (small: boolean): string => JSON.stringify({ memory: '4GB', times: small ? 3 : 15 })
