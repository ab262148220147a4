// What doctor says where nearly nothing works.
import { cpSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, Folder } from './command.ts'

const folder = new Folder()
beforeAll(() => {
  folder.write({
    'millrace.config.ts': config,
    'tables/gold/one.sql': '/* millrace\nwrite: replace\n*/\nselect 1 as one\n',
  })
})
afterAll(() => folder.remove())

interface Finding {
  readonly what: string
  readonly state: string
  readonly detail: string
  readonly fix: string | null
}

async function findings(): Promise<readonly Finding[]> {
  return JSON.parse((await folder.run('doctor', '--json')).stdout) as readonly Finding[]
}

test('in a new project all is well, and one is said as one', async () => {
  const found = await findings()
  expect(found.map(({ what, state }) => `${what}: ${state}`)).toEqual(
    ['Node', 'project', 'folder', 'disk', 'engine', 'tables', 'runs', 'left-overs'].map((what) => `${what}: ok`),
  )
  expect(found.find((one) => one.what === 'project')?.detail).toContain('1 table defined')
})

test('a data file that was cut is told, with commands that name its table', async () => {
  expect((await folder.run('run')).status).toBe(0)
  const lake = join(folder.path, '.millrace', 'lake')
  const data = readdirSync(lake, { recursive: true, encoding: 'utf8' }).find((name) => name.endsWith('.parquet')) ?? ''
  truncateSync(join(lake, data), 100)
  const found = (await findings()).filter(({ state }) => state === 'wrong')
  expect(found).toMatchObject([
    { what: 'gold.one', detail: expect.stringMatching(/\.parquet has 100 bytes, and was written with \d+$/) as string },
  ])
  expect(found[0]?.fix).toContain('`millrace table gold.one`')
})

test('so is one whose bytes are another, of the same number', async () => {
  const lake = join(folder.path, '.millrace', 'lake')
  expect((await folder.run('run', '--full-refresh', '--select', 'gold.one')).status).toBe(0)
  expect((await findings()).filter(({ state }) => state !== 'ok')).toEqual([])
  for (const data of dataIn(lake)) writeFileSync(data, Buffer.alloc(statSync(data).size))
  const found = (await findings()).filter(({ state }) => state === 'wrong')
  expect(found).toMatchObject([
    { what: 'gold.one', detail: expect.stringContaining('is not a Parquet file') as string },
  ])
  // Deleted, and built anew by the advice: of the older versions it is said, and the table is whole.
  for (const data of dataIn(lake)) rmSync(data)
  expect((await folder.run('run', '--full-refresh', '--select', 'gold.one')).status).toBe(0)
  const { status, stdout } = await folder.run('doctor', '--json')
  const rest = (JSON.parse(stdout) as readonly Finding[]).filter(({ state }) => state !== 'ok')
  expect([status, rest]).toMatchObject([0, [{ what: 'gold.one', state: 'warning' }]])
  for (const data of dataIn(lake)) truncateSync(data, 100)
})

test('where no publication is left that could be shown, that is said instead of nothing', async () => {
  const other = new Folder()
  other.write({
    'millrace.config.ts': config,
    'tables/gold/one.sql': '/* millrace\nwrite: replace\n*/\nselect 1 as one\n',
  })
  expect((await other.run('run')).status).toBe(0)
  for (const name of readdirSync(join(other.path, '.millrace/lake'), { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('metadata.json')) rmSync(join(other.path, '.millrace/lake', name))
  const { stdout, stderr, status } = await other.run('table', 'gold.one')
  expect([status, stdout]).toEqual([1, 'No publication of gold.one can be shown any more.\n'])
  expect(stderr).toContain('`millrace run --full-refresh --select gold.one`')
  other.remove()
})

const dataIn = (lake: string): readonly string[] =>
  readdirSync(lake, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.parquet'))
    .map((name) => join(lake, name))

test('a broken table that the base made is mended in the base', async () => {
  folder.write({ 'millrace.config.ts': config.replace('dev: {}', "dev: {}, fix: { base: 'dev' }") })
  expect((await folder.run('env', 'create', 'fix')).status).toBe(0)
  const { stdout } = await folder.run('doctor', '--env', 'fix', '--json')
  const found = (JSON.parse(stdout) as readonly Finding[]).find(({ state }) => state === 'wrong')
  expect(found?.fix).toMatch(
    /`millrace table gold.one --env dev`.* `millrace run --select gold.one --full-refresh --env dev`/,
  )
  expect((await folder.run('run', '--select', 'gold.one', '--full-refresh', '--env', 'dev')).status).toBe(0)
  expect((await folder.run('doctor', '--env', 'fix')).status).toBe(0)
})

test('an environment that is not there is said, and nothing of the files of those that are', async () => {
  const { stdout } = await folder.run('doctor', '--env', 'nope', '--json')
  const found = (JSON.parse(stdout) as readonly Finding[]).filter(({ state }) => state !== 'ok')
  expect(found).toMatchObject([{ what: 'records', detail: 'There is no environment nope.' }])
})

test('of a copied project it says that, and neither it nor clean takes the files for left-overs', async () => {
  const copy = new Folder()
  cpSync(folder.path, copy.path, { recursive: true })
  const there = readdirSync(join(copy.path, '.millrace/lake'), { recursive: true })
  const { stdout } = await copy.run('doctor', '--json')
  const found = (JSON.parse(stdout) as readonly Finding[]).filter(({ state }) => state !== 'ok')
  expect(found).toMatchObject([{ what: 'records', fix: expect.stringContaining('A copy makes tables') as string }])
  expect((await copy.run('clean', '--keep', '0h')).stderr).toContain('project/moved')
  expect(readdirSync(join(copy.path, '.millrace/lake'), { recursive: true })).toEqual(there)
  copy.remove()
})

test('where the project cannot be written, the rest is looked at all the same', async () => {
  const own = join(folder.path, '.millrace')
  rmSync(own, { recursive: true, force: true })
  // Nobody, not even root, can make a folder below a file.
  writeFileSync(own, '')
  const found = await findings()
  expect(found.map(({ what, state }) => `${what}: ${state}`)).toEqual([
    'Node: ok',
    'project: ok',
    'folder: wrong',
    'disk: ok',
    'engine: ok',
    'records: wrong',
  ])
  for (const one of found.filter(({ state }) => state === 'wrong')) {
    expect(one.detail).toContain(own)
    expect(one.fix).not.toBeNull()
  }
  expect((await folder.run('doctor')).status).toBe(1)
})

test('a file where a folder belongs is told, and a run says what to do', async () => {
  const other = new Folder()
  other.write({ 'millrace.config.ts': config, '.millrace/logs': '' })
  const { stdout } = await other.run('doctor', '--json')
  const found = (JSON.parse(stdout) as readonly Finding[]).find(({ state }) => state === 'wrong')
  expect(found).toMatchObject({ what: 'folder', detail: expect.stringContaining('logs') as string })
  const ran = await other.run('run')
  other.remove()
  expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining('command/file-system')])
})

test('outside of a project it says so', async () => {
  const empty = new Folder()
  const { status, stderr } = await empty.run('doctor')
  empty.remove()
  expect([status, stderr.includes('project/not-found')]).toEqual([2, true])
})
