// Bare DuckDB of the engine's own build: the same file, the same types, files by day, no table. Compressed as DuckDB does, or at
// a level of zstd that is given.
import { duckColumns } from '../harness/orders.ts'
import { withDuckdb } from '../harness/duckdb.ts'

const [source, target, memory, level] = process.argv.slice(2)
const compression = level === undefined ? 'zstd' : `zstd, COMPRESSION_LEVEL ${level}`
const columns = Object.entries(duckColumns).map(([name, type]) => `'${name}': '${type}'`)

await withDuckdb(async (connection) => {
  await connection.run(`SET memory_limit = '${memory}'`)
  await connection.run(`SET temp_directory = '${target}/spill'`)
  await connection.run('SET preserve_insertion_order = false')
  await connection.run(`COPY (
    SELECT *, ordered_at::date AS day FROM read_csv('${source}', columns = {${columns.join(', ')}}, header = true, auto_detect = false)
  ) TO '${target}/out' (FORMAT parquet, PARTITION_BY (day), COMPRESSION ${compression})`)
})
