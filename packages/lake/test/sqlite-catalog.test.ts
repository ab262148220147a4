import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { openSqliteCatalog } from '@millrace/lake'
import { catalogSuite, refOf } from '@millrace/testkit/catalog'
import { expect, test } from 'vitest'
import { instant, publicationId, temporaryFolder } from './support/lake.ts'

catalogSuite('SQLite', async () => await openSqliteCatalog({ path: join(temporaryFolder(), 'catalog.db') }))

test('a pointer that another program moved counts, and is put into the log before the next move', async () => {
  const path = join(temporaryFolder(), 'catalog.db')
  const catalog = await openSqliteCatalog({ path })
  await catalog.createEnvironment({ name: 'prod' })
  const [v1, foreign, v3] = ['v1', 'foreign', 'v3'].map((version) => refOf('silver.orders', version))
  if (v1 === undefined || foreign === undefined || v3 === undefined) throw new Error('three versions')
  const base = { environment: 'prod', parent: null, run: null }
  const move = { table: v1.table, how: 'run' as const }
  await catalog.publish({ ...base, id: publicationId('p1'), at: instant(1), moves: [{ ...move, from: null, to: v1 }] })
  const other = new DatabaseSync(path)
  other.prepare('update iceberg_tables set metadata_location = ?').run(foreign.version)
  other.close()
  expect((await catalog.resolve('prod')).get('silver.orders')?.version).toBe(foreign.version)
  const late = { ...base, id: publicationId('p2'), at: instant(2), moves: [{ ...move, from: v1.version, to: v3 }] }
  expect(await catalog.publish(late)).toEqual({ status: 'stale', tables: ['silver.orders'] })
  const again = new DatabaseSync(path)
  again.prepare('update iceberg_tables set metadata_location = ?').run(v3.version)
  again.close()
  expect(await catalog.publish(late)).toMatchObject({ status: 'stale' })
  const back = new DatabaseSync(path)
  back.prepare('update iceberg_tables set metadata_location = ?').run(foreign.version)
  back.close()
  const fresh = { ...late, id: publicationId('p3'), moves: [{ ...move, from: foreign.version, to: v3 }] }
  expect(await catalog.publish(fresh)).toEqual({ status: 'done' })
  const log = await catalog.log('prod')
  expect(log.map((one) => one.moves[0]?.how)).toEqual(['run', 'foreign', 'foreign', 'foreign', 'run'])
  await catalog.close()
})
