// A lake whose catalog is gone: nothing begins from nothing there, and the advice leads on.
import { copyFileSync, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeIssue, type Issue, MillraceError } from '@millrace/core'
import { examine, openQueries, openWorkspace } from '@millrace/runtime'
import { afterEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { csvSource, makeProject, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
afterEach(async () => {
  await lab.close()
  removeProjects()
})

/** A project whose catalog was lost after its first run; `kept` is a backup of it. */
async function lost(config?: string): Promise<string> {
  const root = makeProject({ 'tables/t/rows.ts': csvSource('t.rows', { id: 'int64' }) }, config)
  lab = new Lab(root)
  writeFiles(root, { 'in/t.rows/1.csv': 'id\n1\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.close()
  const catalog = join(root, '.millrace', 'catalog.db')
  copyFileSync(catalog, join(root, 'kept'))
  for (const name of ['catalog.db', 'catalog.db-wal', 'catalog.db-shm'])
    rmSync(join(root, '.millrace', name), { force: true })
  return root
}

const issuesOf = async (work: Promise<unknown>): Promise<readonly Issue[]> => {
  const error = await work.catch((one: unknown) => one)
  if (!(error instanceof MillraceError)) throw error
  return error.issues
}
const refusal = async (work: Promise<unknown>): Promise<unknown> => (await issuesOf(work)).map((one) => one.code)
const advice = async (work: Promise<unknown>): Promise<string> =>
  (await issuesOf(work)).map((one) => describeIssue(one).fix).join()

test('neither a run nor a query begins from nothing, and a backup that is put back shows all again', async () => {
  const root = await lost()
  expect(await refusal(openWorkspace({ dir: root, runs: true }))).toEqual(['lake/catalog-lost'])
  expect(await refusal(openQueries({ dir: root, reads: true }))).toEqual(['lake/catalog-lost'])
  expect(existsSync(join(root, '.millrace/catalog.db'))).toBe(false)
  copyFileSync(join(root, 'kept'), join(root, '.millrace/catalog.db'))
  expect(await lab.rows('from t.rows')).toEqual([{ id: 1 }])
})

test('doctor tells what is lost, what to do, and how much lies there', async () => {
  const root = await lost()
  const found = (await examine({ dir: root })).filter(({ state }) => state !== 'ok')
  expect(found).toMatchObject([
    { what: 'records', state: 'wrong', fix: expect.stringContaining(`mv '${root}/.millrace'`) as string },
    { what: 'left-overs', state: 'warning', detail: expect.stringMatching(/^\d+ files \(/) as string },
  ])
})

test('put aside, the folder makes room for a beginning from what the sources have', async () => {
  const root = await lost()
  renameSync(join(root, '.millrace'), join(root, '.millrace-lost'))
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from t.rows')).toEqual([{ id: 1 }])
})

test('the state tells it where the lake is elsewhere, and other folders there are none of ours', async () => {
  const root = await lost(`dev: { lake: 'lake' }`)
  expect(await advice(openWorkspace({ dir: root }))).toContain(`mv '${root}/lake' '${root}/lake-lost'`)
  expect(await refusal(openQueries({ dir: root, reads: true }))).toEqual(['lake/catalog-lost'])
  renameSync(join(root, '.millrace'), join(root, '.millrace-lost'))
  renameSync(join(root, 'lake'), join(root, 'lake-lost'))
  writeFiles(root, { 'lake/dev/notes/mine.txt': 'not a table' })
  expect(said(await lab.run())).toEqual(['ok'])
})

test('what is no catalog is not advised to be removed', async () => {
  const root = await lost()
  writeFileSync(join(root, '.millrace/catalog.db'), 'garbage '.repeat(1000))
  expect(await refusal(openWorkspace({ dir: root }))).toEqual(['database/unusable'])
  expect(await advice(openWorkspace({ dir: root }))).toContain('`catalog.db` is put back from a backup')
  const found = (await examine({ dir: root })).filter(({ state }) => state !== 'ok')
  expect(found.map(({ what }) => what)).toEqual(['records', 'left-overs'])
})
