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

test('a catalog is quiet only when no publication is between its confirmation and its end', async () => {
  const path = join(temporaryFolder(), 'catalog.db')
  const [catalog, other] = [await openSqliteCatalog({ path }), await openSqliteCatalog({ path, waitMs: 0 })]
  await catalog.createEnvironment({ name: 'prod' })
  const to = refOf('silver.orders', 'v1')
  const moves = [{ table: to.table, from: null, to, how: 'run' as const }]
  const publication = { id: publicationId('p1'), environment: 'prod', parent: null, at: instant(1), run: null, moves }
  let refused: unknown
  await catalog.publish(publication, async () => {
    refused = await other.quiesce().catch((error: unknown) => error)
  })
  expect(refused).toMatchObject({ issues: [{ code: 'database/busy' }] })
  await other.quiesce()
  await Promise.all([catalog.close(), other.close()])
})

test('a table that another program made in the catalog is shown beside ours, and not published over', async () => {
  const path = join(temporaryFolder(), 'catalog.db')
  const catalog = await openSqliteCatalog({ path })
  await catalog.createEnvironment({ name: 'prod' })
  await catalog.createEnvironment({ name: 'fix', base: { environment: 'prod', at: 'latest' } })
  const [ours, wanted] = [refOf('silver.orders', 'v1'), refOf('other.things', 'v1')]
  const view = { ...refOf('silver.seen', 'hash'), format: 'view', location: '' }
  const publish = async (id: string, refs: readonly (typeof ours)[]) =>
    await catalog.publish({
      environment: 'prod',
      parent: null,
      run: null,
      id: publicationId(id),
      at: instant(1),
      moves: refs.map((to) => ({ table: to.table, from: null, to, how: 'run' })),
    })
  await publish('p1', [ours, view])
  const version = 'file:///else where/things/metadata/00001-x.metadata.json'
  const other = new DatabaseSync(path)
  const insert = other.prepare(
    `insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type) values ('prod', ?, ?, ?, ?)`,
  )
  insert.run('other', 'things', version, 'TABLE')
  insert.run('other', 'of_old_layout', version, null)
  insert.run('other', 'a_view', version, 'VIEW')
  insert.run('deep.er', 'things', version, 'TABLE')
  insert.run('silver', 'seen', version, 'TABLE')
  other.close()
  const shown = await catalog.foreign('fix')
  expect([...shown.keys()].toSorted()).toEqual(['other.of_old_layout', 'other.things'])
  expect(shown.get('other.things')).toEqual({
    table: 'other.things',
    uuid: '',
    format: 'iceberg',
    location: '/else where/things',
    version,
    foreign: true,
  })
  expect([...(await catalog.resolve('prod')).entries()].map(([table, ref]) => [table, ref.version])).toEqual([
    ['silver.orders', ours.version],
    ['silver.seen', view.version],
  ])
  await expect(publish('p2', [wanted])).rejects.toThrow('lake/foreign-table')
  expect((await catalog.foreign('prod')).get('other.things')?.version).toBe(version)
  await catalog.close()
})
