// What a run forgets by itself, and what it may not forget.
import { existsSync } from 'node:fs'
import type { PublicationId, TableName, Version } from '@millrace/core'
import { clean, promote } from '@millrace/runtime'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { command, start } from './support/command.ts'
import { filesBelow, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)
afterEach(async () => await lab.close())

let root = ''
let lab: Lab
let files = 0

const source = (keep: string): string => `import { defineSource } from 'millrace'
export const rows = defineSource({
  name: 'rows_files',
  connector: 'files',
  config: { path: 'in/*.csv' },
  tables: { 'raw.rows': { write: 'append', ${keep} columns: { id: { type: 'int64' }, moment: { type: 'timestamp' } } } },
})\n`
const keepFew = `keep: { versions: 2, history: '0s' },`
const appending = model('write: append\nreads: { raw.rows: changes }', 'select id from raw.rows')
const daily = model(
  'write: { interval: day }\npartition: day(day)',
  'select moment::date as day, count(*) as n from raw.rows where moment >= $from and moment < $to group by all',
)

beforeEach(() => {
  files = 0
  root = makeProject({ 'tables/raw/rows.ts': source(keepFew) }, `prod: {}, dev: { base: 'prod' }`)
  lab = new Lab(root)
})

/** One file with one row, of a day of its own. */
function drop(): void {
  files += 1
  const day = String(files).padStart(2, '0')
  writeFiles(root, { [`in/${day}.csv`]: `id,moment\n${files},2026-01-${day}T12:00:00\n` })
}

async function runs(count: number, env = 'prod', select?: readonly string[]): Promise<void> {
  for (let i = 0; i < count; i++) {
    drop()
    const plan = select === undefined ? {} : { select }
    expect(said(await lab.run({ env, plan }))).toEqual(['ok'])
  }
}

async function versions(env = 'prod', table = 'raw.rows'): Promise<readonly Version[]> {
  const { lakehouse } = await lab.workspace(env)
  const ref = (await lakehouse.catalog.resolve(env)).get(table as TableName)
  return ref === undefined ? [] : await lakehouse.format.versions(ref)
}

const rowsOf = async (env = 'prod'): Promise<readonly number[]> => (await versions(env)).map((one) => one.rows)
const ids = async (env: string, table: string, asOf?: string): Promise<readonly unknown[]> =>
  (await lab.rows(`select id from ${table} order by id`, env, asOf)).map((row) => row['id'])

async function sweep(keepMs: number): Promise<void> {
  const { lakehouse, graph } = await lab.workspace('prod')
  await clean(lakehouse, { graph, keepMs, graceMs: 0, dryRun: false })
}

const lists = (): number =>
  [...filesBelow(`${root}/.millrace/lake`).keys()].filter((path) => path.includes('/snap-')).length

test('a run forgets old versions once there are twice as many as the definition keeps; clean-up takes their files', async () => {
  await runs(3)
  expect(await rowsOf()).toEqual([3, 2, 1])
  await runs(1)
  expect(await rowsOf()).toEqual([4, 3])
  expect(lists()).toBe(4)
  const { catalog } = (await lab.workspace('prod')).lakehouse
  const statesOf = async (): Promise<number> => {
    const moved = (await catalog.log('prod')).flatMap(({ moves }) => moves.flatMap(({ to }) => to?.version ?? []))
    return (await catalog.states(moved)).size
  }
  expect(await statesOf()).toBeGreaterThan(2)
  await sweep(0)
  expect([lists(), await statesOf()]).toEqual([2, 1])
  expect([await ids('prod', 'raw.rows'), await rowsOf()]).toEqual([
    [1, 2, 3, 4],
    [4, 3],
  ])
  await runs(1)
  expect(await ids('prod', 'raw.rows')).toEqual([1, 2, 3, 4, 5])
})

test('what is not older than `history` stays, and without `keep` a hundred versions are waited for', async () => {
  await lab.edit({ 'tables/raw/rows.ts': source(`keep: { versions: 1, history: '7d' },`) })
  await runs(4)
  expect(await rowsOf()).toEqual([4, 3, 2, 1])
  await lab.edit({ 'tables/raw/rows.ts': source('') })
  await runs(1)
  expect(await rowsOf()).toEqual([5, 4, 3, 2, 1])
})

test('a time, a publication and an environment that was pinned before still show what they showed', async () => {
  await runs(2)
  const { lakehouse } = await lab.workspace('prod')
  const [pinned] = await lakehouse.catalog.log('prod')
  const base = { environment: 'prod', at: pinned?.id as PublicationId }
  await lakehouse.catalog.createEnvironment({ name: 'old', base })
  const moment = new Date().toISOString()
  await runs(4)
  expect(await rowsOf()).toHaveLength(2)
  await sweep(3_600_000)
  expect(await ids('prod', 'raw.rows', moment)).toEqual([1, 2])
  expect(await ids('prod', 'raw.rows', pinned?.id)).toEqual([1, 2])
  await sweep(0)
  const shown = await lakehouse.catalog.resolve('old')
  const ref = shown.get('raw.rows')
  expect(ref === undefined ? null : (await lakehouse.format.load(ref)).rows).toBe(2)
  const scan = ref === undefined ? null : await lakehouse.format.offer(ref)
  const paths = scan?.groups.flatMap((group) => group.files.map((file) => file.path)) ?? []
  expect([paths.length, paths.every((path) => existsSync(path))]).toEqual([2, true])
})

test('an environment that reads a version which was forgotten goes on', async () => {
  await runs(1)
  await lab.edit({ 'tables/silver/twice.sql': model('write: replace', 'select id * 2 as id from raw.rows') })
  expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
  await runs(5, 'prod', ['rows_files'])
  await sweep(0)
  expect(await ids('dev', 'silver.twice')).toEqual([2])
  expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
  expect(await ids('dev', 'silver.twice')).toEqual([2, 4, 6, 8, 10, 12])
})

test('a table that was forked at a version which was forgotten since is promoted as before', async () => {
  await lab.edit({ 'tables/raw/rows.ts': source(`keep: { versions: 1, history: '0s' },`) })
  await runs(2)
  await runs(1, 'dev')
  await sweep(0)
  expect([await rowsOf('prod'), await rowsOf('dev')]).toEqual([[2], [3]])
  expect(await ids('dev', 'raw.rows')).toEqual([1, 2, 3])
  const { lakehouse, graph } = await lab.workspace('dev')
  await promote(lakehouse, graph, 'dev', [])
  expect([await ids('prod', 'raw.rows'), await rowsOf('prod')]).toEqual([
    [1, 2, 3],
    [3, 2],
  ])
})

test('the version from which a table goes on stays, however long ago it was', async () => {
  await lab.edit({ 'tables/silver/kept.sql': appending })
  await runs(1)
  await runs(6, 'prod', ['rows_files'])
  expect(await rowsOf()).toEqual([7, 6, 1])
  await sweep(0)
  expect(await rowsOf()).toEqual([7, 6, 1])
  expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
  expect(await ids('prod', 'silver.kept')).toEqual([1, 2, 3, 4, 5, 6, 7])
})

test('days that were filled long ago are not filled again', async () => {
  await lab.edit({ 'tables/gold/daily.sql': daily })
  await runs(7)
  expect((await versions()).length).toBeLessThanOrEqual(3)
  drop()
  const ran = await lab.run({ env: 'prod' })
  expect(said(ran)).toEqual(['ok'])
  const { lakehouse } = await lab.workspace('prod')
  const state = (await lakehouse.catalog.resolve('prod')).get('gold.daily')
  const covered = state === undefined ? [] : (await lakehouse.format.load(state)).progress.covered
  expect(covered).toHaveLength(1)
  const rows = await lab.rows('select count(*) as days, sum(n)::int64 as n from gold.daily', 'prod')
  expect(rows).toEqual([{ days: 8, n: 8 }])
  const filled = ran.outcomes.find((one) => one.step.node === 'gold.daily')
  expect(filled?.rows).toBe(1)
})

test.each(['expire.staged', 'expire.published'])(
  'killed at %s, nothing is lost and the next run forgets',
  async (point) => {
    await runs(3)
    await lab.close()
    drop()
    const killed = start(['run', '--project', root, '--env', 'prod'], { MILLRACE_FAILPOINT: point })
    expect((await killed.ended).signal).toBe('SIGKILL')
    expect(await ids('prod', 'raw.rows')).toEqual([1, 2, 3, 4])
    expect(await rowsOf()).toEqual(point === 'expire.staged' ? [4, 3, 2, 1] : [4, 3])
    await lab.close()
    drop()
    const { code, err } = await command(['run', '--project', root, '--env', 'prod'])
    expect(code, err).toBe(0)
    expect(await ids('prod', 'raw.rows')).toEqual([1, 2, 3, 4, 5])
    expect(await rowsOf()).toEqual(point === 'expire.staged' ? [5, 4] : [5, 4, 3])
  },
)
