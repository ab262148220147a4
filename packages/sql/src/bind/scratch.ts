import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { pinnedStatements } from '../pinned.ts'

/** A way into a locked-down database whose tables stay empty: nothing bound here can touch a file or the network. */
export interface Scratch {
  readonly connection: DuckDBConnection
  /** The first column of every row. */
  column(sql: string): Promise<readonly string[]>
  run(sql: string): Promise<void>
}

/** So many ways into one database: what each asks runs beside the others, and all see the same tables. */
export async function openScratches(count: number): Promise<readonly Scratch[]> {
  const database = await DuckDBInstance.create(':memory:', {
    enable_external_access: 'false',
    autoload_known_extensions: 'false',
    autoinstall_known_extensions: 'false',
    allow_community_extensions: 'false',
    threads: '1',
    memory_limit: '1GB',
  })
  const scratches: Scratch[] = []
  for (let i = 0; i < count; i++) scratches.push(scratchOf(await database.connect()))
  for (const one of scratches) await one.run(pinnedStatements().join(';'))
  await scratches[0]?.run('set lock_configuration = true')
  return scratches
}

export async function openScratch(): Promise<Scratch> {
  const [scratch] = await openScratches(1)
  if (scratch === undefined) throw new Error('fewer connections than were asked for')
  return scratch
}

const scratchOf = (connection: DuckDBConnection): Scratch => ({
  connection,
  async column(sql) {
    const reader = await connection.runAndReadAll(sql)
    return reader.getRows().map((row) => String(row[0]))
  },
  async run(sql) {
    await connection.run(sql)
  },
})
