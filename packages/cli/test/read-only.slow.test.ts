// A project on a disk that cannot be written: what only asks is answered, what would write says why it cannot.
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, type Ended, Folder, main, start } from './command.ts'

const folder = new Folder()
const own = join(folder.path, '.millrace')
const temporary = mkdtempSync(join(tmpdir(), 'millrace-temporary-'))

/** Whoever has all rights writes anywhere, so those are given up. */
function run(...args: readonly string[]): Promise<Ended> {
  const command = [process.execPath, main, ...args] as const
  const limited = ['--bounding-set', '-dac_override', ...command]
  return process.getuid?.() === 0
    ? start('setpriv', limited, folder.path, { TMPDIR: temporary })
    : start(command[0], command.slice(1), folder.path, { TMPDIR: temporary })
}

function allow(mode: { readonly folder: number; readonly file: number }): void {
  const inside = readdirSync(own, { recursive: true, withFileTypes: true })
  for (const one of inside) chmodSync(join(one.parentPath, one.name), one.isDirectory() ? mode.folder : mode.file)
  chmodSync(own, mode.folder)
}

const asking = [
  ['query', 'from gold.one', '--json'],
  ['query', 'from gold.one', '--as-of', '2999-01-01'],
  ['tables', '--json'],
  ['table', 'gold.one', '--json'],
  ['env', 'list', '--json'],
  ['env', 'diff', 'try', '--json'],
] as const
const answers: string[] = []

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'tables/gold/one.sql': '/* ---\nwrite: replace\n--- */\nselect 1 as one',
  })
  await folder.prepare('run')
  await folder.prepare('env', 'create', 'try')
  for (const args of asking) answers.push((await folder.run(...args)).stdout)
  allow({ folder: 0o555, file: 0o444 })
})
afterAll(() => {
  allow({ folder: 0o755, file: 0o644 })
  folder.remove()
  rmSync(temporary, { recursive: true })
})

test('questions have the answers that they had before', async () => {
  for (const [i, args] of asking.entries()) expect(await run(...args)).toMatchObject({ status: 0, stdout: answers[i] })
  expect(JSON.parse(answers[0] ?? '')).toEqual([{ one: 1 }])
})

test.each([
  ['run', ['run']],
  ['a plan', ['plan']],
  ['a new environment', ['env', 'create', 'other']],
])('%s says that the folder cannot be written', async (_, args) => {
  const { status, stderr } = await run(...args)
  expect([status, stderr]).toEqual([
    1,
    expect.stringMatching(/database\/unusable\n.*See that the folder can be written/),
  ])
})

test.each([
  ['waits to be taken in', ''],
  ['was taken in', 'pragma wal_checkpoint(truncate)'],
  ['grows', 'begin immediate; insert into beside values (2)'],
])('beside a run whose log %s, questions have their answers', async (_, then) => {
  chmodSync(own, 0o755)
  const writers = ['catalog.db', 'state.db'].map((name) => {
    chmodSync(join(own, name), 0o644)
    const writer = new DatabaseSync(join(own, name))
    writer.exec(`create table if not exists beside (n); insert into beside values (1); ${then}`)
    return writer
  })
  allow({ folder: 0o555, file: 0o444 })
  for (const [i, args] of asking.entries()) expect(await run(...args)).toMatchObject({ status: 0, stdout: answers[i] })
  chmodSync(own, 0o755)
  for (const writer of writers) writer.close()
  chmodSync(own, 0o555)
})

test('temporary files lie in a folder of their own, which goes with the command', async () => {
  const { status } = await run('query', 'from gold.one')
  expect([status, readdirSync(temporary)]).toEqual([0, []])
})

test('the record of runs is opened for questions about runs alone', async () => {
  chmodSync(own, 0o755)
  writeFileSync(join(own, 'state.db-wal'), 'not taken in')
  chmodSync(own, 0o555)
  for (const [i, args] of asking.entries()) expect(await run(...args)).toMatchObject({ status: 0, stdout: answers[i] })
  const { status, stderr } = await run('query', 'from gold.one', '--as-of', 'run:x')
  expect([status, stderr]).toEqual([1, expect.stringContaining('database/log-waits')])
})

test('a database whose log was not taken in answers nothing old', async () => {
  chmodSync(own, 0o755)
  writeFileSync(join(own, 'catalog.db-wal'), 'not taken in')
  chmodSync(own, 0o555)
  const { status, stderr } = await run('query', 'from gold.one')
  expect([status, stderr]).toEqual([1, expect.stringMatching(/database\/log-waits(.|\n)*Try again/)])
})
