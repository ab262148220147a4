import { join } from 'node:path'
import type { Benchmark, Place } from './harness/benchmark.ts'
import { generate } from './harness/duckdb.ts'
import { packed, runMillrace } from './harness/millrace.ts'
import { once, writeProject } from './harness/place.ts'
import { rowsProject, warmQuery } from './harness/rows.ts'

const rowsOf = (small: boolean): number => (small ? 30_000 : 20_000_000)
const filesOf = (small: boolean): number => (small ? 3 : 20)
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

const project = rowsProject({ id: 'int64', a: 'int32', b: 'float64', c: 'int32', s: 'string' })

export const benchmark: Benchmark = {
  name: 'query20',
  about: 'sum and group over a table of 20 files, in a warm session',
  sizes: (small) => ({ rows: rowsOf(small), files: filesOf(small), query: ours }),
  budget: [{ of: 'engine', times: 1.1, peer: 'bare read_parquet' }],
  prepare: makeTable,
  ours: [
    warmQuery('engine', 'engine', () => ours),
    warmQuery('bound, planned and read', 'millrace', () => ours),
    { name: 'whole command', command: ({ data }) => packed(['query', ours, '--project', data]) },
  ],
  peers: [warmQuery('bare read_parquet', 'bare', () => sql)],
}
