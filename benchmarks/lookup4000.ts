import { join } from 'node:path'
import type { Benchmark, Contestant, Place } from './harness/benchmark.ts'
import { generate } from './harness/duckdb.ts'
import { millrace, runMillrace, script } from './harness/millrace.ts'
import { once, writeProject } from './harness/place.ts'

const filesOf = (small: boolean): number => (small ? 40 : 4000)
const rowsPerFile = 1000
const settings = (small: boolean): string => JSON.stringify({ memory: '4GB', times: small ? 3 : 15 })
const wanted = (small: boolean): string => `where id = ${(filesOf(small) / 2) * rowsPerFile + 7}`
const bare = (small: boolean): string => `select * from $files ${wanted(small)}`
const ours = (small: boolean): string => `select * from bronze.rows ${wanted(small)}`

async function makeTable({ data, small }: Place): Promise<void> {
  await once(data, 'table', async () => {
    writeProject(data, project)
    await generate([
      `COPY (SELECT i AS id, (i // ${rowsPerFile})::int AS part, (hash(i) % 1000)::int AS a, md5(i::varchar) AS s
        FROM range(${filesOf(small) * rowsPerFile}) t(i)) TO '${join(data, 'landing/rows.parquet')}' (FORMAT parquet)`,
    ])
    runMillrace(['run', '--project', data])
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
      partition: ['part'],
      columns: { id: { type: 'int64' }, part: { type: 'int32' }, a: { type: 'int32' }, s: { type: 'string' } },
    },
  },
})
`,
}

const warm = (name: string, way: string, text: (small: boolean) => string): Contestant => ({
  name,
  command: ({ data, small }) => script('warm-query.ts', [way, data, text(small), settings(small)]),
})

export const benchmark: Benchmark = {
  name: 'lookup4000',
  about: 'one row of a table of 4,000 files by a column that it is not partitioned by, in a warm session',
  sizes: (small) => ({ files: filesOf(small), rows: filesOf(small) * rowsPerFile }),
  budget: [{ of: 'bound, planned and read', times: 0.2, peer: 'bare glob' }],
  prepare: makeTable,
  ours: [
    warm('bound, planned and read', 'millrace', ours),
    {
      name: 'whole command',
      command: ({ data, small }) => millrace(['query', ours(small), '--project', data]),
    },
  ],
  peers: [warm('bare glob', 'bare', bare)],
}
