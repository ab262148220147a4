import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describeIssue, MillraceError } from '@millrace/core'
import { openSqlite } from '@millrace/database'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { type CounterTables, migrations, temporaryFile } from './support.ts'

const open = (path: string, more: object = {}) => openSqlite<CounterTables>({ path, migrations, ...more })

test('a new file gets its folder and its layout; an old one keeps what it has', async () => {
  const path = temporaryFile()
  const first = await open(path)
  await first.updateTable('counter').set({ value: 7 }).execute()
  await first.destroy()
  const again = await open(path)
  expect(await again.selectFrom('counter').selectAll().execute()).toEqual([{ name: 'opened', value: 7 }])
  await again.destroy()
})

test('later migrations are applied to an old file, once', async () => {
  const path = temporaryFile()
  await (await open(path)).destroy()
  const more = [
    ...migrations,
    { name: 'more', up: async (db: any) => void (await sql`update counter set value = value + 1`.execute(db)) },
  ]
  for (let time = 0; time < 2; time += 1) await (await open(path, { migrations: more })).destroy()
  const last = await open(path, { migrations: more })
  expect(await last.selectFrom('counter').select('value').execute()).toEqual([{ value: 1 }])
  await last.destroy()
})

test('a migration that fails leaves the file as it was', async () => {
  const path = temporaryFile()
  const broken = [
    ...migrations,
    { name: 'broken', up: async (db: any) => void (await sql`insert into missing values (1)`.execute(db)) },
  ]
  await expect(open(path, { migrations: broken })).rejects.toThrow('no such table')
  const file = new DatabaseSync(path)
  expect(file.prepare("select count(*) as n from sqlite_master where name = 'counter'").get()).toEqual({ n: 0 })
  file.close()
})

test('a file of a newer version is refused, with what to do', async () => {
  const path = temporaryFile()
  await (await open(path)).destroy()
  const error = await open(path, { migrations: migrations.slice(0, 1) }).catch((caught: unknown) => caught)
  expect(error).toBeInstanceOf(MillraceError)
  expect(error).toMatchObject({ issues: [{ code: 'database/newer', params: { path, step: 'first counter' } }] })
})

test('a file that cannot be opened, and one that is no database, are named with what to do', async () => {
  const file = join(dirname(dirname(temporaryFile())), 'file.db')
  writeFileSync(file, 'this is no database, only a text that is long enough to be looked at'.repeat(20))
  for (const path of [join(file, 'below-a-file.db'), file]) {
    const error = await open(path).catch((caught: unknown) => caught)
    const issues = error instanceof MillraceError ? error.issues : []
    expect(issues).toMatchObject([{ code: 'database/unusable', params: { path } }])
    expect(issues.map((one) => describeIssue(one).fix)).toEqual([
      'See that the folder can be written and has space, then run again. A damaged `state.db` may be removed: it is made anew.',
    ])
  }
})

test('while another holds the lock it waits without blocking, and then goes on', async () => {
  const path = temporaryFile()
  const db = await open(path)
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  const write = db.updateTable('counter').set({ value: 1 }).execute()
  let done = false
  void write.then(() => (done = true))
  // Were this thread blocked, these turns would not come before the lock ended the wait with an error.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(done).toBe(false)
  other.exec('commit')
  await write
  expect(await db.selectFrom('counter').select('value').execute()).toEqual([{ value: 1 }])
  other.close()
  await db.destroy()
})

test('writers and readers go on beside each other', async () => {
  const path = temporaryFile()
  const db = await open(path)
  const other = new DatabaseSync(path)
  expect(other.prepare('pragma journal_mode').get()).toEqual({ journal_mode: 'wal' })
  const seen = (): unknown => other.prepare('select value from counter').get()
  other.exec('begin')
  expect(seen()).toEqual({ value: 0 })
  await db.updateTable('counter').set({ value: 1 }).execute()
  expect(seen()).toEqual({ value: 0 })
  other.exec('commit')
  other.exec('begin immediate; update counter set value = 2')
  expect(await db.selectFrom('counter').select('value').execute()).toEqual([{ value: 1 }])
  other.exec('commit')
  expect(seen()).toEqual({ value: 2 })
  other.close()
  await db.destroy()
})

test('read only, it shows what another process has written, and is not written itself', async () => {
  const path = temporaryFile()
  const db = await open(path)
  await db.updateTable('counter').set({ value: 1 }).execute()
  const reader = await open(path, { readOnly: true })
  const seen = async (): Promise<unknown> => await reader.selectFrom('counter').select('value').execute()
  expect(await seen()).toEqual([{ value: 1 }])
  await db.updateTable('counter').set({ value: 2 }).execute()
  expect(await seen()).toEqual([{ value: 2 }])
  await expect(reader.updateTable('counter').set({ value: 3 }).execute()).rejects.toThrow('readonly')
  await reader.destroy()
  await db.destroy()
})

test('a lock that is held too long is a coded error that names the file', async () => {
  const path = temporaryFile()
  const db = await open(path, { waitMs: 20 })
  const other = new DatabaseSync(path)
  other.exec('begin immediate')
  const error = await db
    .transaction()
    .execute(async () => {})
    .catch((caught: unknown) => caught)
  expect(error).toMatchObject({ issues: [{ code: 'database/busy', params: { path, seconds: 0 } }] })
  other.close()
  await db.destroy()
})

test('values that SQLite does not store are refused instead of becoming null', async () => {
  const db = await open(temporaryFile())
  const value = new Date(0) as unknown as number
  await expect(db.updateTable('counter').set({ value }).execute()).rejects.toThrow('SQLite stores no Date')
  await db.destroy()
})

test('a file that cannot grow is said to be on a full disk', async () => {
  const path = temporaryFile()
  const database = await open(path)
  await sql`pragma max_page_count = 4`.execute(database)
  const grown = sql`with recursive n(i) as (select 1 union all select i + 1 from n where i < 9999) insert into counter select 'n' || i, i from n`
  const issues = await grown.execute(database).catch((error: unknown) => (error as MillraceError).issues)
  expect(issues).toMatchObject([{ code: 'engine/disk-full', params: { message: `${path} has no room to grow.` } }])
  await database.destroy()
})
