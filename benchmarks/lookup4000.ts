import { join } from 'node:path'
import type { Benchmark, Place } from './harness/benchmark.ts'
import { generate } from './harness/duckdb.ts'
import { packed, runMillrace } from './harness/millrace.ts'
import { once, writeProject } from './harness/place.ts'
import { rowsProject, warmQuery } from './harness/rows.ts'

const filesOf = (small: boolean): number => (small ? 40 : 4000)
const rowsPerFile = 1000
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

const project = rowsProject({ id: 'int64', part: 'int32', a: 'int32', s: 'string' }, { partition: ['part'] })

export const benchmark: Benchmark = {
  name: 'lookup4000',
  about: 'one row of a table of 4,000 files by a column that it is not partitioned by, in a warm session',
  sizes: (small) => ({ files: filesOf(small), rows: filesOf(small) * rowsPerFile }),
  budget: [{ of: 'bound, planned and read', times: 0.2, peer: 'bare glob' }],
  prepare: makeTable,
  ours: [
    warmQuery('bound, planned and read', 'millrace', ours),
    {
      name: 'whole command',
      command: ({ data, small }) => packed(['query', ours(small), '--project', data]),
    },
  ],
  peers: [warmQuery('bare glob', 'bare', bare)],
}
