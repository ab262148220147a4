import { version } from '@duckdb/node-api'
import { describeIssue, type Issue } from '@millrace/core'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { type DuckSqlReader, openSqlReader } from '../src/index.ts'
import { duckdbVersion } from '../src/version.ts'
import { knownTables, modelOf } from './binding.ts'

const folders: string[] = []
const readers: DuckSqlReader[] = []

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-sql-'))
  folders.push(folder)
  return folder
}

function open(options: Parameters<typeof openSqlReader>[0]): DuckSqlReader {
  const reader = openSqlReader(options)
  readers.push(reader)
  return reader
}

afterEach(async () => {
  for (const reader of readers.splice(0)) await reader.close()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const models = [
  modelOf(
    'silver.a',
    'select id, amount * 2 as twice, made_at from bronze.orders where made_at >= $from and made_at < $to',
  ),
  modelOf('gold.b', 'select id, sum(twice) as total from silver.a group by id'),
]

/** Processes that this one has started and that still run. */
const children = (): readonly string[] =>
  readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)

/** Only Linux tells a process's children without another program. */
const tellsChildren = process.platform === 'linux'

test('the version behind hashes is that of the package that is installed', () => {
  expect(version()).toBe(`v${duckdbVersion}`)
})

test.runIf(tellsChildren)('what a process read, the next one knows without starting DuckDB', async () => {
  const cacheDir = tempFolder()
  const first = await open({ cacheDir }).read(models, knownTables)
  const before = children()
  const second = await open({ cacheDir }).read(models, knownTables)
  expect(second).toEqual(first)
  expect(children().filter((pid) => !before.includes(pid))).toEqual([])
  expect(first.get('gold.b')?.columns).toEqual({ id: { type: 'int64' }, total: { type: 'decimal(38,2)' } })
})

test('a changed input type is read anew, and what does not depend on it is not', async () => {
  const cacheDir = tempFolder()
  await open({ cacheDir }).read(models, knownTables)
  const file = join(cacheDir, readdirSync(cacheDir)[0] ?? '')
  const lines = (): number => readFileSync(file, 'utf8').trim().split('\n').length
  const before = lines()
  const wider = new Map(knownTables).set('bronze.orders', {
    ...knownTables.get('bronze.orders'),
    amount: { type: 'float64' },
  })
  const facts = await open({ cacheDir }).read(models, wider)
  expect(facts.get('gold.b')?.columns['total']).toEqual({ type: 'float64' })
  expect(lines() - before).toBe(2)
})

test('a cache cut short or filled with rubbish is read around', async () => {
  const cacheDir = tempFolder()
  const want = await open({ cacheDir }).read(models, knownTables)
  const file = join(cacheDir, readdirSync(cacheDir)[0] ?? '')
  truncateSync(file, readFileSync(file).length - 20)
  expect(await open({ cacheDir }).read(models, knownTables)).toEqual(want)
  appendFileSync(file, 'rubbish\n\t{\nb\tnull')
  expect(await open({ cacheDir }).read(models, knownTables)).toEqual(want)
  expect(await open({ cacheDir }).read(models, knownTables)).toEqual(want)
})

test('a cache that cannot be written costs nothing but time', async () => {
  const file = join(tempFolder(), 'file')
  appendFileSync(file, '')
  const facts = await open({ cacheDir: file }).read(models, knownTables)
  expect(facts.get('gold.b')?.issues).toEqual([])
})

test('readings side by side do not see the tables of each other', async () => {
  const reader = open({ workers: 1 })
  const types = ['int64', 'string', 'date', 'float64'] as const
  const read = types.map((type) => reader.query('select x from a.b', new Map([['a.b', { x: { type } }]] as const)))
  const columns = (await Promise.all(read)).map((facts) => facts.columns['x']?.type)
  expect(columns).toEqual(types)
})

test('a table whose name comes back in another case is bound under that name', async () => {
  const reader = open({ workers: 1 })
  for (const name of ['a.b', 'a.B', 'a.b'] as const) {
    const facts = await reader.query(`select x from ${name}`, new Map([[name, { x: { type: 'int64' } }]] as const))
    expect([facts.issues, facts.reads, facts.uses]).toEqual([[], [name], { [name]: ['x'] }])
  }
})

const codes = (issues: readonly Issue[] | undefined): readonly string[] => (issues ?? []).map((one) => one.code)

test('a text that never ends is named, and the others are read', async () => {
  const hanging = modelOf('silver.hangs', "select upper(repeat('x', 3000000000)) as x")
  const facts = await open({ deadlineMs: 1500 }).read([models[0] ?? hanging, hanging, ...models.slice(1)], knownTables)
  expect(facts.get('silver.hangs')?.issues).toMatchObject([
    {
      code: 'sql/deadline',
      params: { table: 'silver.hangs', seconds: 1.5 },
      at: { file: 'tables/silver/hangs.sql', line: 3 },
    },
  ])
  expect(codes(facts.get('silver.a')?.issues)).toEqual([])
  expect(facts.get('gold.b')?.columns['id']).toEqual({ type: 'int64' })
})

test.runIf(tellsChildren)(
  'a text whose process is killed is named, with how the process ended, and the next is read',
  async () => {
    const hanging = modelOf('silver.hangs', "select upper(repeat('x', 3000000000)) as x")
    const before = children()
    const reader = open({ workers: 1 })
    const reading = reader.read([hanging], knownTables)
    // Processes of the tests before may still be ending.
    const fresh = (): readonly string[] => children().filter((one) => !before.includes(one))
    await expect.poll(() => fresh().length, { timeout: 30_000 }).toBeGreaterThan(0)
    for (const pid of fresh()) process.kill(Number(pid), 'SIGKILL')
    const [lost, ...more] = (await reading).get('silver.hangs')?.issues ?? []
    expect([lost, more]).toMatchObject([
      { code: 'sql/reader-lost', at: { file: 'tables/silver/hangs.sql', line: 3 } },
      [],
    ])
    expect(lost === undefined ? '' : describeIssue(lost).message).toMatch(
      /^The SQL reader ended while it read silver\.hangs \(.*SIGKILL.*\)\.$/,
    )
    expect(codes((await reader.read(models, knownTables)).get('gold.b')?.issues)).toEqual([])
  },
)

test('texts that a process read beside the one that never ends are read all the same', async () => {
  const hanging = modelOf('silver.hangs', "select upper(repeat('x', 3000000000)) as x")
  const beside = Array.from({ length: 70 }, (_, i) =>
    modelOf(`silver.beside_${i}`, `select id + ${i} as id from bronze.orders`),
  )
  const facts = await open({ deadlineMs: 1500, workers: 1 }).read([...beside, hanging], knownTables)
  expect(codes(facts.get('silver.hangs')?.issues)).toEqual(['sql/deadline'])
  expect(beside.flatMap((one) => codes(facts.get(one.name)?.issues))).toEqual([])
  expect(new Set(beside.map((one) => facts.get(one.name)?.rows)).size).toBe(1)
  expect(new Set(beside.map((one) => facts.get(one.name)?.columnHashes['id'])).size).toBe(70)
})

test('hostile texts execute nothing', async () => {
  const folder = join(tempFolder(), 'exported')
  const hostile = [
    `select 1 as x; export database '${folder}'`,
    `export database '${folder}'`,
    `copy (select 1) to '${folder}'`,
    `attach '${folder}' as other`,
    'install httpfs',
    'set lock_configuration = false',
    "select * from read_text('/etc/hostname')",
    "select * from glob('/*')",
    "select * from '/etc/hostname'",
    "select (select content from read_text('/etc/hostname')) as x",
    'create table bronze.orders as select 1 as x',
    'drop schema bronze cascade',
  ]
  const texts = hostile.map((sql, i) => modelOf(`silver.h${i}`, sql))
  const facts = await open({}).read([...texts, ...models], knownTables)
  for (const one of texts) expect([one.sql, codes(facts.get(one.name)?.issues).length > 0]).toEqual([one.sql, true])
  expect(existsSync(folder)).toBe(false)
  expect(codes(facts.get('gold.b')?.issues)).toEqual([])
})

test.runIf(tellsChildren)('a reader that is closed while idle leaves no process behind', async () => {
  const before = children()
  const reader = open({})
  await reader.query('select 1 as x', knownTables)
  const [worker = '', ...more] = children().filter((pid) => !before.includes(pid))
  expect(more).toEqual([])
  await reader.close()
  await expect.poll(() => children().includes(worker), { timeout: 30_000 }).toBe(false)
})
