import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { pinnedStatements } from '../pinned.ts'

/** A locked-down database whose tables stay empty: nothing bound here can touch a file or the network. */
export interface Scratch {
  /** The first column of every row. */
  column(sql: string): Promise<readonly string[]>
  run(sql: string): Promise<void>
  /** Asks by a connection that is free, or by the first that will be. */
  using<T>(ask: (connection: DuckDBConnection) => Promise<T> | T): Promise<T>
}

/** As many questions as there are connections are answered side by side; all see the same tables. */
export async function openScratch(connections = 1): Promise<Scratch> {
  const database = await DuckDBInstance.create(':memory:', {
    enable_external_access: 'false',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    threads: '1',
    memory_limit: '1GB',
  })
  const all: DuckDBConnection[] = []
  for (let i = 0; i < connections; i++) all.push(await database.connect())
  for (const one of all) await one.run(pinnedStatements().join(';'))
  await all[0]?.run('set lock_configuration = true')
  const using = sharing(all)
  return {
    using,
    column: async (sql) => {
      const reader = await using((connection) => connection.runAndReadAll(sql))
      return reader.getRows().map((row) => String(row[0]))
    },
    run: async (sql) => {
      await using((connection) => connection.run(sql))
    },
  }
}

/** What was answered gives its connection on at once, before anybody looks at the answer: DuckDB works on meanwhile. */
function sharing(all: readonly DuckDBConnection[]): Scratch['using'] {
  const free = [...all]
  const waiting: ((connection: DuckDBConnection) => void)[] = []
  const taken = (): Promise<DuckDBConnection> =>
    new Promise((resolve) => {
      const connection = free.pop()
      if (connection === undefined) waiting.push(resolve)
      else resolve(connection)
    })
  return async (ask) => {
    const connection = await taken()
    try {
      return await ask(connection)
    } finally {
      const next = waiting.shift()
      if (next === undefined) free.push(connection)
      else next(connection)
    }
  }
}
