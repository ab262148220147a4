import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openSqlite } from '@millrace/database'
import { expect, test } from 'vitest'
import { type CounterTables, migrations, temporaryFile } from './support.ts'

test('six processes that open a new file at once all work, and lose nothing', async () => {
  const path = temporaryFile()
  const script = join(import.meta.dirname, 'open-process.ts')
  const children = Array.from({ length: 6 }, () =>
    spawn(process.execPath, [script, path], { stdio: ['ignore', 'ignore', 'inherit'] }),
  )
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]))
  expect(codes).toEqual([0, 0, 0, 0, 0, 0])
  const db = await openSqlite<CounterTables>({ path, migrations })
  expect(await db.selectFrom('counter').select('value').execute()).toEqual([{ value: 120 }])
  await db.destroy()
})
