import { type Kysely, sql } from 'kysely'
import { fail } from '@millrace/core'

/** One step of a database's layout, numbered by its place in the list: only ever append to it. */
export interface Migration {
  readonly name: string
  readonly up: (db: Kysely<unknown>) => Promise<void>
}

/** Brings a database to the layout of `migrations` and answers the names of what it applied.
 *
 * Everything happens in one transaction that takes the write lock first: of many processes that open a new file at once
 * one migrates and the others find the work done. (Kysely's own Migrator takes no lock on SQLite and fails there.)
 */
export async function migrate(db: Kysely<unknown>, path: string, migrations: readonly Migration[]): Promise<string[]> {
  return await db.transaction().execute(async (transaction) => {
    await sql`create table if not exists migration (number integer primary key, name text not null)`.execute(
      transaction,
    )
    const missing = await missingSteps(transaction, path, migrations)
    const done = migrations.length - missing.length
    for (const [index, one] of missing.entries()) {
      await one.up(transaction)
      await sql`insert into migration (number, name) values (${done + index + 1}, ${one.name})`.execute(transaction)
    }
    return missing.map((one) => one.name)
  })
}

/** What a database lacks of the newest layout; one that has steps which nobody here knows is refused. */
export async function missingSteps(
  db: Kysely<unknown>,
  path: string,
  migrations: readonly Migration[],
): Promise<readonly Migration[]> {
  const { rows } = await sql<{ name: string }>`select name from migration order by number`.execute(db)
  const unknown = rows.find((row, index) => migrations[index]?.name !== row.name)
  if (unknown !== undefined) fail('database/newer', { path, step: unknown.name })
  return migrations.slice(rows.length)
}
