import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Migration } from '@millrace/database'
import { sql } from 'kysely'

export interface CounterTables {
  readonly counter: { name: string; value: number }
}

export const migrations: readonly Migration[] = [
  {
    name: 'counter',
    up: async (db) =>
      void (await sql`create table counter (name text primary key, value integer not null)`.execute(db)),
  },
  { name: 'first counter', up: async (db) => void (await sql`insert into counter values ('opened', 0)`.execute(db)) },
]

export const temporaryFile = (): string => join(mkdtempSync(join(tmpdir(), 'millrace-database-')), 'deep', 'test.db')
