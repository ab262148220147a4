import { openSqlite } from '@millrace/database'
import { type CounterTables, migrations } from './support.ts'

const db = await openSqlite<CounterTables>({ path: process.argv[2] ?? '', migrations })
for (let time = 0; time < 20; time += 1)
  await db
    .updateTable('counter')
    .set((old) => ({ value: old('value', '+', 1) }))
    .execute()
await db.destroy()
