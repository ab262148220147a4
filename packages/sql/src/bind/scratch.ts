import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { pinnedStatements } from '../pinned.ts'

/** A locked-down database whose tables stay empty: nothing bound here can touch a file or the network. */
export interface Scratch {
  readonly connection: DuckDBConnection
  /** The first column of every row. */
  column(sql: string): Promise<readonly string[]>
  run(sql: string): Promise<void>
}

export async function openScratch(): Promise<Scratch> {
  const database = await DuckDBInstance.create(':memory:', {
    enable_external_access: 'false',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    threads: '1',
    memory_limit: '1GB',
  })
  const connection = await database.connect()
  for (const one of pinnedStatements()) await connection.run(one)
  await connection.run('set lock_configuration = true')
  return {
    connection,
    async column(sql) {
      const reader = await connection.runAndReadAll(sql)
      return reader.getRows().map((row) => String(row[0]))
    },
    async run(sql) {
      await connection.run(sql)
    },
  }
}
