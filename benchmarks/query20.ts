import { join } from 'node:path'
import type { Benchmark, Contestant, Place } from './harness/benchmark.ts'
import { generate } from './harness/duckdb.ts'
import { millrace, runMillrace, script } from './harness/millrace.ts'
import { once, writeProject } from './harness/place.ts'

const rowsOf = (small: boolean): number => (small ? 30_000 : 20_000_000)
const filesOf = (small: boolean): number => (small ? 3 : 20)
const settings = (small: boolean): string => JSON.stringify({ memory: '4GB', times: small ? 3 : 15 })
const sql = 'select c, sum(a) as total, avg(b) as mean, count(*) as n from $files group by c order by c'
const ours = sql.replace('$files', 'bronze.rows')

/** A load for each file, so that the table has as many. */
async function makeTable({ data, small }: Place): Promise<void> {
  await once(data, 'table', async () => {
    const files = filesOf(small)
    const each = rowsOf(small) / files
    writeProject(data, project)
    for (let i = 0; i < files; i++) {
      const to = join(data, `landing/part-${i}.parquet`)
      await generate([
        `COPY (SELECT ${i} * ${each} + i AS id, (hash(i) % 1000)::int AS a, (hash(i * 3) % 100000) / 7.0::double AS b,
          (hash(i * 5) % 50)::int AS c, md5(i::varchar) AS s FROM range(${each}) t(i)) TO '${to}' (FORMAT parquet)`,
      ])
      runMillrace(['run', '--project', data])
    }
  })
}

const project = {
  'landing/.keep': '',
  'millrace.config.ts': `import { defineProject } from 'millrace'

export default defineProject({ name: 'rows', environments: { dev: {} } })
`,
  'tables/bronze/rows.ts': `import { defineSource } from 'millrace'

export const rows = defineSource({
  connector: 'files',
  config: { path: 'landing/*.parquet' },
  tables: {
    'bronze.rows': {
      write: 'append',
      columns: {
        id: { type: 'int64' },
        a: { type: 'int32' },
        b: { type: 'float64' },
        c: { type: 'int32' },
        s: { type: 'string' },
      },
    },
  },
})
`,
}

const warm = (name: string, way: string, text: string): Contestant => ({
  name,
  command: ({ data, small }) => script('warm-query.ts', [way, data, text, settings(small)]),
})

export const benchmark: Benchmark = {
  name: 'query20',
  about: 'sum and group over a table of 20 files, in a warm session',
  sizes: (small) => ({ rows: rowsOf(small), files: filesOf(small), query: ours }),
  budget: [{ of: 'engine', times: 1.1, peer: 'bare read_parquet' }],
  prepare: makeTable,
  ours: [
    warm('engine', 'engine', ours),
    warm('bound, planned and read', 'millrace', ours),
    { name: 'whole command', command: ({ data }) => millrace(['query', ours, '--project', data]) },
  ],
  peers: [warm('bare read_parquet', 'bare', sql)],
}
