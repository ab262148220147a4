// Files on their way into a table, by the real command: what is bent, new or gone, and that each file lands exactly once.
import { existsSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, type Ended, Folder } from '../packages/cli/test/command.ts'

const folder = new Folder()
afterAll(() => folder.remove())

const source = (name: string, path: string, more = ''): string => `import { defineSource } from 'millrace'
export default defineSource({
  connector: 'files',
  retry: { times: 0, wait: '1s' },
  config: { path: '${path}'${more} },
  tables: { 'bronze.${name}': { write: 'append', columns: { id: { type: 'int64' }, amount: { type: 'decimal(9,2)' } } } },
})
`

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'tables/bronze/csv.ts': source('csv', 'in/*.csv'),
    'tables/bronze/json.ts': source('json', 'in/*.json'),
    'in/1.csv': 'id,amount\n1,1.50\n',
    'in/1.json': '[{"id": 1, "amount": 1.5}]',
  })
  await folder.prepare('run')
  await folder.prepare('query', 'select 1::bigint as id, 1.5::double as amount', '--to', 'in/1.parquet')
  folder.write({ 'tables/bronze/typed.ts': source('typed', 'in/*.parquet') })
  await folder.prepare('run')
})

const rows = async (table: string): Promise<unknown> => await folder.json('query', `from bronze.${table} order by all`)
const rejects = async (table: string): Promise<unknown> =>
  await folder.json('query', `select line, "column", raw from bronze.${table}__rejects order by all`)

test('what was there first has landed', async () => {
  for (const table of ['csv', 'json', 'typed']) expect(await rows(table)).toEqual([{ id: 1, amount: '1.50' }])
})

describe('a second file', () => {
  test('brings rejects and new columns, whatever its format', async () => {
    folder.write({
      'in/2.csv': 'id,amount,note\n2,2.505,a\n3,3,b\n',
      'in/2.json': '[{"id": 2.5, "amount": 1},\n{"id": 3, "amount": 3, "note": "b"}]',
    })
    await folder.prepare(
      'query',
      "select unnest([2, 3]) as id, unnest([2.505, 3])::double as amount, unnest(['a', 'b']) as note",
      '--to',
      'in/2.parquet',
    )
    const ran = await folder.run('run')
    expect(ran.status).toBe(0)
    for (const table of ['csv', 'json', 'typed'])
      expect(ran.stderr).toContain(
        `! bronze.${table}: 1 record was rejected; it is in bronze.${table}__rejects with the reason\n`,
      )
    for (const table of ['csv', 'json', 'typed'])
      expect(await rows(table)).toEqual([
        { id: 1, amount: '1.50', note: null },
        { id: 3, amount: '3.00', note: 'b' },
      ])
    expect(await rejects('csv')).toEqual([{ line: 2, column: 'amount', raw: '2,2.505,a' }])
    expect(await rejects('json')).toEqual([{ line: 1, column: 'id', raw: '{"id": 2.5, "amount": 1}' }])
    expect(await rejects('typed')).toEqual([{ line: 1, column: 'amount', raw: '{"id":2,"amount":"2.505","note":"a"}' }])
  })
})

describe('a file that does not stay', () => {
  const held = join(folder.path, 'held')

  /** Runs, and does something when the worker has come to a place. */
  async function runAndMeanwhile(place: string, change: () => void): Promise<Ended> {
    const running = folder.runWith({ MILLRACE_HOLD: `${place}:${held}` }, 'run', '--select', 'bronze.csv', '--json')
    const over = running.then(() => true)
    const waited = (): Promise<boolean> => new Promise((resolve) => setTimeout(() => resolve(false), 20))
    while (!existsSync(held) && !(await Promise.race([over, waited()])));
    change()
    rmSync(held, { force: true })
    return await running
  }

  const path = join(folder.path, 'in/3.csv')
  const text = `id,amount\n${Array.from({ length: 5000 }, (_, i) => `${i + 100},1.25`).join('\n')}\n`
  const changes: readonly (readonly [string, string, string, () => void])[] = [
    ['goes away before it is read', 'land.started', 'engine/input-vanished', () => rmSync(path)],
    ['goes away when it was read', 'land.read', 'engine/input-vanished', () => rmSync(path)],
    ['is cut short before it is read', 'land.started', 'engine/input-changed', () => truncateSync(path, 3000)],
    ['grows while it is read', 'land.read', 'engine/input-changed', () => writeFileSync(path, `${text}9999,1\n`)],
    [
      'is another of the same size',
      'land.read',
      'engine/input-changed',
      () => writeFileSync(path, text.replace('1.25', '1.52')),
    ],
  ]

  test.each(changes)('%s: at %s the run says %s and publishes nothing', async (_, place, code, change) => {
    const before = await rows('csv')
    writeFileSync(path, text)
    const { status, stdout } = await runAndMeanwhile(place, change)
    expect(status).toBe(1)
    expect(stdout).toContain(code)
    expect(stdout).toContain('3.csv')
    expect(stdout).toMatch(/Put the file back|when the file is whole/)
    expect(await rows('csv')).toEqual(before)
  })

  test('when it is back it lands once', async () => {
    writeFileSync(`${path}.new`, text)
    renameSync(`${path}.new`, path)
    for (let i = 0; i < 2; i++) expect(await folder.run('run', '--select', 'bronze.csv')).toMatchObject({ status: 0 })
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(
      await folder.json('query', 'select count(*) as n, sum(amount) as s from bronze.csv where id >= 100'),
    ).toEqual([{ n: 5000, s: '6250.00' }])
  })
})

describe('a column with a new name', () => {
  const named = (name: string): string => source(name, `in/*.${name}`).replace('amount:', 'total:')
  const renamed = (name: string): string => named(name).replace("'decimal(9,2)'", "'decimal(9,2)', was: 'amount'")
  const other = new Folder()
  afterAll(() => other.remove())
  const totals = async (table: string): Promise<unknown> =>
    await other.json('query', `from bronze.${table} order by all`)

  test('has the values of files that call it by the old one, whatever their format', async () => {
    other.write({
      'millrace.config.ts': config,
      'tables/bronze/csv.ts': source('csv', 'in/*.csv'),
      'tables/bronze/jsonl.ts': source('jsonl', 'in/*.jsonl'),
      'in/1.csv': 'id,amount\n1,1.50\n',
      'in/1.jsonl': '{"id": 1, "amount": 1.5}\n',
    })
    await other.prepare('run')
    await other.prepare('query', 'select 1::bigint as id, 1.5::double as amount', '--to', 'in/1.parquet')
    other.write({ 'tables/bronze/parquet.ts': source('parquet', 'in/*.parquet') })
    await other.prepare('run')
    for (const name of ['csv', 'jsonl', 'parquet']) other.write({ [`tables/bronze/${name}.ts`]: renamed(name) })
    other.write({
      'in/2.csv': 'Amount,id\n2.50,2\n',
      'in/3.csv': 'id,total\n3,3.50\n',
      'in/2.jsonl': '{"id": 2, "amount": 2.5}\n{"id": 3, "total": 3.5}\n',
    })
    await other.prepare('query', 'select 2::bigint as id, 2.5::double as amount', '--to', 'in/2.parquet')
    await other.prepare('query', 'select 3::bigint as id, 3.5::double as total', '--to', 'in/3.parquet')
    await other.prepare('run')
    for (const table of ['csv', 'jsonl', 'parquet'])
      expect(await totals(table)).toEqual([
        { id: 1, total: '1.50' },
        { id: 2, total: '2.50' },
        { id: 3, total: '3.50' },
      ])
  })

  test('is not taken from two at once', async () => {
    other.write({
      'in/4.csv': 'id,total,amount\n4,4.5,4.6\n',
      'in/4.jsonl': '{"id": 4, "total": 4.5, "amount": 4.6}\n',
    })
    const ran = await other.run('run')
    expect([ran.status, ran.stderr]).toEqual([1, expect.stringContaining('files/duplicate-header')])
    expect(await other.json('query', 'select line, reason from bronze.jsonl__rejects')).toEqual([
      { line: 1, reason: 'json: a name stands twice' },
    ])
  })
})
