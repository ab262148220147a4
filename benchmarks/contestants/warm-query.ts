// warm-query.ts WAY FOLDER SQL: one query many times in one process, so that starting is in neither figure.
// `millrace`: bound, planned and read through the runtime. `engine`: bound and planned once, only read each time.
// `bare`: DuckDB of the same build in this process; `$files` in the SQL is a read of all Parquet files of the folder.
import { batchRows, openQueries, prepareQuery, type PreparedQuery, type Queries } from '@millrace/runtime'
import { withDuckdb } from '../harness/duckdb.ts'
import { median } from '../harness/judge.ts'

const [way = '', folder = '', sql = '', settings = ''] = process.argv.slice(2)
const { memory, times } = JSON.parse(settings) as { readonly memory: string; readonly times: number }

async function repeat(work: () => Promise<unknown>): Promise<{ readonly seconds: number; readonly answer: unknown }> {
  const taken: number[] = []
  let answer: unknown = null
  // The first rounds fill caches, of the disk and of the code.
  for (let i = -2; i < times; i++) {
    const started = performance.now()
    answer = await work()
    if (i >= 0) taken.push((performance.now() - started) / 1000)
  }
  return { seconds: median(taken), answer }
}

async function ours(): Promise<{ readonly seconds: number; readonly answer: unknown }> {
  const queries = await openQueries({ dir: folder })
  try {
    const session = await queries.session()
    const read = async ({ query }: PreparedQuery): Promise<unknown> => {
      const rows: unknown[] = []
      for await (const batch of session.read(query, queries.cancel)) rows.push(...batchRows(batch))
      return rows
    }
    const once = await prepare(queries)
    return await repeat(async () => await read(way === 'engine' ? once : await prepare(queries)))
  } finally {
    await queries.close()
  }
}

const prepare = (queries: Queries): Promise<PreparedQuery> => prepareQuery(queries.lakehouse, queries.reader, sql)

const bare = (): Promise<{ readonly seconds: number; readonly answer: unknown }> =>
  withDuckdb(async (connection) => {
    await connection.run(`SET memory_limit = '${memory}'`)
    const statement = sql.replace('$files', `read_parquet('${folder}/.millrace/lake/**/*.parquet')`)
    return await repeat(async () => (await connection.runAndReadAll(statement)).getRowObjectsJson())
  })

const { seconds, answer } = await (way === 'bare' ? bare() : ours())
/** Whole rows: a text that is cut somewhere ends in another digit when a sum of floats has one more. */
const shown = Array.isArray(answer) ? answer.slice(0, 8) : answer
const text = JSON.stringify(shown, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
process.stdout.write(`${JSON.stringify({ seconds, answer: text })}\n`)
