import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'

/** Bare DuckDB of the very build that the engine uses. */
export async function withDuckdb<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    await connection.run(`SET TimeZone = 'UTC'`)
    return await work(connection)
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Makes data: one statement after another. */
export async function generate(statements: readonly string[]): Promise<void> {
  await withDuckdb(async (connection) => {
    for (const statement of statements) await connection.run(statement)
  })
}
