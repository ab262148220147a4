// Environments share files and never a history. What is done in one leaves the other as it was, byte for byte, until a
// promotion moves it over.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import type { Instant, TableName, TableRef } from '@millrace/core'
import { clean, diffEnvironment, rollback, withLeases, type Workspace } from '@millrace/runtime'
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Asker, Lab, type Ran, said, steps } from './support/bench.ts'
import { promoted, refusal } from './support/promoting.ts'
import { csvSource, filesBelow, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)
afterEach(async () => await lab.close())

let root = ''
let lab: Lab
let files = 0

const silver = (more = ''): string => model('write: { merge: id }', `select id, amount${more} from raw.rows`)
const gold = model('write: replace', 'select sum(amount)::int64 as total from silver.rows')
const kept = model('write: append', 'select id from raw.rows')

function drop(...lines: readonly string[]): void {
  const name = `in/raw.rows/${String(++files).padStart(4, '0')}.csv`
  writeFiles(root, { [name]: `${['id,amount', ...lines].join('\n')}\n` })
}

beforeEach(async () => {
  root = makeProject(
    {
      'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', amount: 'int64' }),
      'tables/silver/rows.sql': silver(),
      'tables/silver/kept.sql': kept,
      'tables/gold/total.sql': gold,
    },
    `prod: {}, dev: { base: 'prod' }`,
  )
  drop('1,10', '2,20')
  lab = new Lab(root)
  const first = await lab.run({ env: 'prod' })
  if (first.status !== 'ok') throw new Error(said(first).join(', '))
})

async function inEnvironment<T>(env: string, work: (workspace: Workspace, asker: Asker) => Promise<T>): Promise<T> {
  return await work(await lab.workspace(env), await lab.asker(env))
}

const promoteDev = async (only: readonly TableName[] = []): Promise<readonly string[]> =>
  await inEnvironment('dev', async (workspace) => await promoted(workspace, 'dev', 'prod', only))

const refsOf = async (env: string): Promise<ReadonlyMap<TableName, TableRef>> =>
  await inEnvironment(env, async ({ lakehouse }) => await lakehouse.catalog.resolve(env))

const total = async (env: string, asOf?: string): Promise<unknown> =>
  await inEnvironment(env, async (_, asker) => (await asker.rows('from gold.total', asOf))[0]?.['total'])

const ids = async (env: string, table = 'silver.kept', asOf?: string): Promise<readonly unknown[]> =>
  await inEnvironment(env, async (_, asker) =>
    (await asker.rows(`select id from ${table} order by id`, asOf)).map((row) => row['id']),
  )

const publications = async (env: string): Promise<readonly string[]> =>
  await inEnvironment(env, async ({ lakehouse }) => (await lakehouse.catalog.log(env)).map((one) => String(one.id)))

/** An edit of a model, run in dev. */
async function runInDev(): Promise<Ran> {
  await lab.edit({ 'tables/silver/rows.sql': silver('').replace('amount from', 'amount * 2 as amount from') })
  const ran = await lab.run({ env: 'dev' })
  expect(said(ran)).toEqual(['ok'])
  return ran
}

/** Moves a table to a version whose last commit carries nothing of ours, as another program's does. */
async function writtenByAnother(env: string, table: TableName): Promise<void> {
  const ref = (await refsOf(env)).get(table) as TableRef
  const text = readFileSync(fileURLToPath(ref.version), 'utf8')
  const last = text.lastIndexOf('"summary"')
  const version = ref.version.replace(/[^/]*$/, '00099-theirs.metadata.json')
  writeFileSync(
    fileURLToPath(version),
    text.slice(0, last) + text.slice(last).replaceAll(/"millrace\.(?=made|commit|progress)/g, '"theirs.'),
  )
  await lab.close()
  const catalog = new DatabaseSync(join(root, '.millrace/catalog.db'))
  catalog
    .prepare('update iceberg_tables set metadata_location = ? where catalog_name = ? and table_name = ?')
    .run(version, env, table.split('.')[1] as string)
  catalog.close()
}

describe('an environment on another', () => {
  test('shows its tables at once: no file is copied, nothing is to be done', async () => {
    const before = filesBelow(`${root}/.millrace/lake`)
    expect(await lab.plan('dev')).toEqual([])
    expect(await refsOf('dev')).toEqual(await refsOf('prod'))
    expect(await total('dev')).toBe(30)
    expect(filesBelow(`${root}/.millrace/lake`)).toEqual(before)
    expect(await inEnvironment('dev', async ({ lakehouse }) => await diffEnvironment(lakehouse, 'dev'))).toEqual([])
  })

  test('a run in it leaves the base byte for byte, and writes only what changed', async () => {
    const [before, refs] = [filesBelow(`${root}/.millrace/lake`), await refsOf('prod')]
    const ran = await runInDev()
    expect(steps(ran.plan)).toEqual(['silver.rows: rebuild', 'gold.total: rebuild'])
    const now = filesBelow(`${root}/.millrace/lake`)
    expect([...before].filter(([path, size]) => now.get(path) !== size)).toEqual([])
    const added = [...now.keys()].filter((path) => !before.has(path))
    expect(added.filter((path) => !path.startsWith(`${root}/.millrace/lake/dev/`))).toEqual([])
    expect(await refsOf('prod')).toEqual(refs)
    expect([await total('dev'), await total('prod')]).toEqual([60, 30])
    const differences = await inEnvironment('dev', async ({ lakehouse }) => await diffEnvironment(lakehouse, 'dev'))
    expect(differences.map((one) => [one.table, one.change, one.rows, one.definition])).toEqual([
      ['gold.total', 'changed', { here: 1, base: 1 }, ['values']],
      ['silver.rows', 'changed', { here: 2, base: 2 }, ['values']],
    ])
  })

  test('an append continues from where the base stood', async () => {
    drop('3,30')
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await ids('dev'), await ids('prod')]).toEqual([
      [1, 2, 3],
      [1, 2],
    ])
    const loaded = await inEnvironment('dev', async (_, asker) => await asker.files('raw.rows'))
    expect(loaded.filter((path) => path.startsWith(`${root}/.millrace/lake/prod/`))).toHaveLength(1)
  })

  test('an append continues from what it had read, where its input in the base was ahead of it', async () => {
    drop('3,30')
    expect(said(await lab.run({ env: 'prod', plan: { select: ['raw_rows_files'] } }))).toEqual(['ok'])
    drop('4,40')
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await ids('dev'), await ids('prod')]).toEqual([
      [1, 2, 3, 4],
      [1, 2],
    ])
  })
})

describe('promotion', () => {
  test('is one step on the tables of the base: same tables, longer history, and nothing left to do there', async () => {
    const [refs, log] = [await refsOf('prod'), await publications('prod')]
    await runInDev()
    expect(await promoteDev()).toEqual(['gold.total: fast-forward', 'silver.rows: fast-forward'])
    const now = await refsOf('prod')
    for (const table of ['gold.total', 'silver.rows'] as const) {
      expect([table, now.get(table)?.uuid, now.get(table)?.location]).toEqual([
        table,
        refs.get(table)?.uuid,
        refs.get(table)?.location,
      ])
    }
    expect([await total('prod'), await total('prod', log[0])]).toEqual([60, 30])
    expect(await lab.plan('prod')).toEqual([])
    expect(await lab.plan('dev')).toEqual([])
    expect(await inEnvironment('dev', async ({ lakehouse }) => await diffEnvironment(lakehouse, 'dev'))).toEqual([])
    const versions = await inEnvironment('prod', async ({ lakehouse }) => {
      const ref = now.get('silver.rows')
      return ref === undefined ? [] : await lakehouse.format.versions(ref)
    })
    expect(versions).toHaveLength(2)
  })

  test('of landed rows: the base goes on from there, and lands no file twice', async () => {
    drop('3,30')
    await lab.run({ env: 'dev' })
    expect(await promoteDev()).toHaveLength(4)
    expect(await lab.plan('prod')).toEqual([])
    expect([await ids('prod'), await total('prod')]).toEqual([[1, 2, 3], 60])
    drop('4,40')
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    expect([await ids('prod'), await total('prod')]).toEqual([[1, 2, 3, 4], 100])
    expect([await ids('dev'), await total('dev')]).toEqual([[1, 2, 3, 4], 100])
    drop('5,50')
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await ids('dev'), await total('dev'), await total('prod')]).toEqual([[1, 2, 3, 4, 5], 150, 100])
    expect(await promoteDev()).toHaveLength(4)
    expect([await ids('prod'), await total('prod')]).toEqual([[1, 2, 3, 4, 5], 150])
  })

  test('is refused while the definition is another than was run', async () => {
    await runInDev()
    await lab.edit({ 'tables/silver/rows.sql': silver('').replace('amount from', 'amount * 3 as amount from') })
    expect(await refusal(promoteDev())).toEqual(['env/not-current', 'env/not-current'])
    expect(await total('prod')).toBe(30)
  })

  test('of a table whose input stays behind is refused', async () => {
    await runInDev()
    expect(await refusal(promoteDev(['gold.total']))).toEqual(['env/input-differs'])
    expect(await promoteDev(['silver.rows'])).toEqual(['silver.rows: fast-forward'])
    expect(await promoteDev(['gold.total'])).toEqual(['gold.total: fast-forward'])
    expect(await total('prod')).toBe(60)
  })

  test('of a table that another program wrote last is refused', async () => {
    await runInDev()
    await writtenByAnother('dev', 'silver.rows')
    expect(await refusal(promoteDev())).toEqual(['env/made-elsewhere'])
    expect(await total('prod')).toBe(30)
  })

  test('is refused when both went on with rows of their own', async () => {
    drop('3,30')
    await lab.run({ env: 'dev' })
    drop('4,40')
    await lab.run({ env: 'prod' })
    expect(await refusal(promoteDev())).toContain('lake/fork-diverged')
    expect([await ids('prod'), await ids('dev')]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3],
    ])
  })

  test('takes over a new table, a view, and a drop', async () => {
    await lab.edit({
      'tables/gold/new.sql': model('write: replace', 'select count(*) as n from silver.rows'),
      'tables/gold/seen.sql': model('write: view', 'select total + 1 as more from gold.total'),
      'tables/silver/kept.sql': null,
    })
    expect(said(await lab.run({ env: 'dev', plan: { allow: ['silver.kept'] } }))).toEqual(['ok'])
    expect([[...(await refsOf('dev')).keys()].toSorted(), [...(await refsOf('prod')).keys()].toSorted()]).toEqual([
      ['gold.new', 'gold.seen', 'gold.total', 'raw.rows', 'silver.rows'],
      ['gold.total', 'raw.rows', 'silver.kept', 'silver.rows'],
    ])
    await promoteDev()
    const shown = await refsOf('prod')
    expect([...shown.keys()].toSorted()).toEqual(['gold.new', 'gold.seen', 'gold.total', 'raw.rows', 'silver.rows'])
    expect(shown.get('gold.new')?.location.startsWith(`${root}/.millrace/lake/prod/`)).toBe(true)
    const asked = await inEnvironment(
      'prod',
      async (_, asker) => await asker.rows('select n, more from gold.new, gold.seen'),
    )
    expect(asked).toEqual([{ n: 2, more: 31 }])
    expect(await lab.plan('prod')).toEqual([])
    drop('3,30')
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    expect(await inEnvironment('prod', async (_, asker) => await asker.rows('from gold.new'))).toEqual([{ n: 3 }])
  })
})

describe('going back', () => {
  const rollBack = async (env: string, to: string): Promise<readonly string[] | null> =>
    await inEnvironment(env, async ({ lakehouse }) => {
      const done = await rollback(lakehouse, to, [])
      return done?.moves.map((move) => move.table).toSorted() ?? null
    })

  test('a rollback is a publication, and can itself be rolled back', async () => {
    const [first] = await publications('prod')
    drop('3,30')
    await lab.run({ env: 'prod' })
    const [second] = await publications('prod')
    expect(await rollBack('prod', first as string)).toEqual(['gold.total', 'raw.rows', 'silver.kept', 'silver.rows'])
    expect([await total('prod'), await ids('prod')]).toEqual([30, [1, 2]])
    expect(await total('prod', second)).toBe(60)
    expect(await rollBack('prod', second as string)).toHaveLength(4)
    expect([await total('prod'), await ids('prod')]).toEqual([60, [1, 2, 3]])
    expect(await rollBack('prod', second as string)).toBeNull()
    expect(await lab.plan('prod')).toEqual([])
  })

  test('after a rollback the next run does again what was undone', async () => {
    const [first] = await publications('prod')
    drop('3,30')
    await lab.run({ env: 'prod' })
    await rollBack('prod', first as string)
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    expect([await total('prod'), await ids('prod')]).toEqual([60, [1, 2, 3]])
  })

  test('in an environment on another, to before a table was its own', async () => {
    await lab.edit({ 'tables/gold/new.sql': model('write: replace', 'select count(*) as n from silver.rows') })
    await lab.run({ env: 'dev' })
    const [first] = await publications('dev')
    await runInDev()
    expect([await total('dev'), await total('prod')]).toEqual([60, 30])
    await rollBack('dev', first as string)
    expect([await total('dev'), await total('prod')]).toEqual([30, 30])
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await total('dev'), await total('prod')]).toEqual([60, 30])
  })

  test('in an environment on another, to before its own copies began, while the base has gone on', async () => {
    await lab.edit({ 'tables/gold/new.sql': model('write: replace', 'select count(*) as n from silver.rows') })
    await lab.run({ env: 'dev' })
    const [first] = await publications('dev')
    drop('3,30')
    await lab.run({ env: 'prod' })
    drop('4,40')
    await lab.run({ env: 'dev' })
    expect([await ids('dev'), await total('dev')]).toEqual([[1, 2, 3, 4], 100])
    expect(await rollBack('dev', first as string)).toEqual([
      'gold.new',
      'gold.total',
      'raw.rows',
      'silver.kept',
      'silver.rows',
    ])
    expect([await ids('dev'), await total('dev'), await ids('dev', 'raw.rows')]).toEqual([[1, 2], 30, [1, 2]])
    expect([await ids('prod'), await total('prod')]).toEqual([[1, 2, 3], 60])
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await ids('dev'), await total('dev'), await ids('dev', 'raw.rows')]).toEqual([
      [1, 2, 3, 4],
      100,
      [1, 2, 3, 4],
    ])
  })

  test('in an environment on another, a table of the base that was dropped there shows again, as the base has it', async () => {
    await runInDev()
    const [first] = await publications('dev')
    await lab.edit({ 'tables/silver/kept.sql': null })
    expect(said(await lab.run({ env: 'dev', plan: { allow: ['silver.kept'] } }))).toEqual(['ok'])
    const [second] = await publications('dev')
    expect([...(await refsOf('dev')).keys()]).not.toContain('silver.kept')
    await lab.edit({ 'tables/silver/kept.sql': kept })
    drop('3,30')
    await lab.run({ env: 'prod' })
    expect(await rollBack('dev', first as string)).toEqual(['silver.kept'])
    const overlay = async (): Promise<unknown> =>
      await inEnvironment('dev', async ({ lakehouse }) => (await lakehouse.catalog.environment('dev'))?.overlay)
    expect(await overlay()).not.toHaveProperty(['silver.kept'])
    expect([await ids('dev'), await ids('prod')]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(await rollBack('dev', second as string)).toEqual(['silver.kept'])
    expect(await overlay()).toHaveProperty(['silver.kept'], null)
    expect([await rollBack('dev', first as string), await ids('dev')]).toEqual([['silver.kept'], [1, 2, 3]])
    drop('4,40')
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await ids('dev'), await ids('prod')]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3],
    ])
  })

  test('in an environment on another, what was dropped and made again with other columns comes back under its own', async () => {
    const made = (column: string): string => model('write: replace', `select id, ${column} from raw.rows where id = 1`)
    await lab.edit({ 'tables/gold/made.sql': made('1 as one') })
    await lab.run({ env: 'prod' })
    await runInDev()
    const [first] = await publications('dev')
    await lab.edit({ 'tables/gold/made.sql': made('1 as one, 111 as price') })
    await lab.run({ env: 'dev' })
    const [second] = await publications('dev')
    const before = (await refsOf('dev')).get('gold.made')
    await lab.edit({ 'tables/gold/made.sql': null })
    expect(said(await lab.run({ env: 'dev', plan: { allow: ['gold.made'] } }))).toEqual(['ok'])
    expect(await rollBack('dev', first as string)).toEqual(['gold.made'])
    await lab.edit({ 'tables/gold/made.sql': made('1 as one, 222 as weight') })
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect((await refsOf('dev')).get('gold.made')?.uuid).not.toBe(before?.uuid)
    expect(await rollBack('dev', second as string)).toEqual(['gold.made'])
    expect(await lab.rows('from gold.made', 'dev')).toEqual([{ id: 1, one: 1, price: 111 }])
  })

  test('in an environment on another, what was new there goes, and a table that the base made since shows', async () => {
    await runInDev()
    const [first] = await publications('dev')
    await lab.edit({ 'tables/gold/new.sql': model('write: replace', 'select count(*) as n from silver.rows') })
    await lab.run({ env: 'dev' })
    drop('3,30')
    await lab.run({ env: 'prod' })
    expect(await rollBack('dev', first as string)).toEqual(['gold.new'])
    expect(await inEnvironment('dev', async (_, asker) => await asker.rows('from gold.new'))).toEqual([{ n: 3 }])
  })

  test('in an environment on another, what the base did since stays', async () => {
    await runInDev()
    const [first] = await publications('dev')
    drop('3,30')
    await lab.run({ env: 'prod' })
    expect(await rollBack('dev', first as string)).toBeNull()
    expect([await ids('dev'), await ids('prod')]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
  })

  test('what stood at a time, at a publication and in a run can be asked', async () => {
    const [first] = await publications('prod')
    const moment = new Date().toISOString()
    drop('3,30')
    const ran = await lab.run({ env: 'prod' })
    expect(await total('prod', moment)).toBe(30)
    expect(await total('prod', first?.slice(0, 8))).toBe(30)
    expect(await total('prod', `run:${ran.run}`)).toBe(60)
    expect(await total('prod', new Date().toISOString())).toBe(60)
  })
})

describe('clean', () => {
  const sweep = async (
    keepMs: number,
    dryRun = false,
  ): Promise<{ readonly files: number; readonly versions: number }> =>
    await inEnvironment(
      'prod',
      async ({ lakehouse, graph }) => await clean(lakehouse, { graph, keepMs, graceMs: 0, dryRun }),
    )

  test('removes what nothing shows, and nothing that anything shows', async () => {
    await runInDev()
    drop('3,30')
    await lab.run({ env: 'prod' })
    writeFiles(root, { '.millrace/lake/prod/silver/gone-1f2e3d4c/data/orphan.parquet': 'nobody knows me' })
    const before = filesBelow(`${root}/.millrace/lake`)
    const looked = await sweep(7 * 86_400_000, true)
    expect(looked.files).toBeGreaterThanOrEqual(1)
    expect(filesBelow(`${root}/.millrace/lake`)).toEqual(before)
    const [first] = (await publications('prod')).toReversed()
    expect((await sweep(7 * 86_400_000)).files).toBe(looked.files)
    expect(existsSync(`${root}/.millrace/lake/prod/silver/gone-1f2e3d4c/data/orphan.parquet`)).toBe(false)
    expect([await total('dev'), await total('prod'), await total('prod', first)]).toEqual([60, 120, 30])
    const [standing, foretold] = [filesBelow(`${root}/.millrace/lake`), await sweep(0, true)]
    expect(filesBelow(`${root}/.millrace/lake`)).toEqual(standing)
    const all = await sweep(0)
    expect(all.versions).toBeGreaterThan(0)
    expect(foretold).toEqual(all)
    // What went is said to be forgotten, and not taken for damage.
    await expect(total('prod', first)).rejects.toThrow('lake/forgotten')
    const undo = inEnvironment('prod', async ({ lakehouse }) => await rollback(lakehouse, first ?? '', []))
    expect(await refusal(undo)).toEqual(['lake/forgotten'])
    expect([await total('dev'), await total('prod'), await ids('dev'), await ids('prod')]).toEqual([
      60,
      120,
      [1, 2, 3],
      [1, 2, 3],
    ])
    drop('4,40')
    expect([said(await lab.run({ env: 'prod' })), said(await lab.run({ env: 'dev' }))]).toEqual([['ok'], ['ok']])
    expect([await ids('dev'), await ids('prod')]).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
  })

  /** With the clock at a publication, so that what it replaced was made before the time that is kept, and shown within it. */
  const sweepAt = async (environment: string, publication: string | undefined, laterMs = 0): Promise<void> =>
    await inEnvironment(environment, async ({ lakehouse, graph }) => {
      const at = (await lakehouse.catalog.log(environment)).find((one) => one.id === publication)?.at ?? 0
      const clock = { ...lakehouse.clock, now: () => (at + laterMs) as Instant }
      await clean({ ...lakehouse, clock }, { graph, keepMs: 0, graceMs: 0, dryRun: false })
    })

  test('keeps what was shown within the time and dropped since, and nothing that was dropped before it', async () => {
    const [first] = await publications('prod')
    await lab.edit({ 'tables/silver/kept.sql': null })
    expect(said(await lab.run({ env: 'prod', plan: { allow: ['silver.kept'] } }))).toEqual(['ok'])
    const [dropped] = await publications('prod')
    const back = async (): Promise<unknown> =>
      await inEnvironment('prod', async ({ lakehouse }) => await rollback(lakehouse, first ?? '', ['silver.kept']))
    await sweepAt('prod', dropped)
    expect(await ids('prod', 'silver.kept', first)).toEqual([1, 2])
    await sweepAt('prod', dropped, 1)
    expect(await refusal(back())).toEqual(['lake/forgotten'])
  })

  test('keeps what an environment showed of its own until it was promoted', async () => {
    await runInDev()
    const shown = fileURLToPath((await refsOf('dev')).get('gold.total')?.version ?? '')
    await promoteDev()
    const [moved] = await publications('prod')
    await sweepAt('prod', moved)
    expect(existsSync(shown)).toBe(true)
    await sweepAt('prod', moved, 1)
    expect(existsSync(shown)).toBe(false)
  })

  test('is refused while a run is under way, even one that makes a table that nobody shows yet', async () => {
    await inEnvironment('prod', async ({ lakehouse, graph }) => {
      const cleaned = async (): Promise<unknown> =>
        await clean(lakehouse, { graph, keepMs: 0, graceMs: 0, dryRun: false })
      const refused = await withLeases(lakehouse, 'run', ['gold.other'], async () => await refusal(cleaned()))
      expect(refused).toEqual(['run/busy'])
      expect(await cleaned()).toMatchObject({ versions: 0 })
    })
  })
})
