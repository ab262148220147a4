// What `init --from` says of files, before a run could fail on them.
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, Folder } from './command.ts'

const folder = new Folder()
beforeAll(() => folder.write({ 'millrace.config.ts': config }))
afterAll(() => folder.remove())

const columnsOf = async (file: string): Promise<object> =>
  (await folder.json<{ columns: object }>('init', '--from', file)).columns

/** The code of the refusal of a file. */
async function refused(file: string, content: string): Promise<string> {
  writeFileSync(join(folder.path, file), content)
  const { status, stdout } = await folder.run('init', '--from', file, '--json')
  expect(status).not.toBe(0)
  const { issues } = JSON.parse(stdout) as { issues: readonly { code: string }[] }
  return issues.map((one) => one.code).join()
}

test('Parquet: columns get types that tables can have, and a damaged file is named', async () => {
  const connection = await (await DuckDBInstance.create(':memory:')).connect()
  await connection.run(`copy (select timestamp_ns '2026-01-01 00:00:00.123456789' as t,
      { 'a': [timestamp_ns '2026-01-01 00:00:00'] } as s) to '${join(folder.path, 'ns.parquet')}'`)
  expect(await columnsOf('ns.parquet')).toEqual({ t: 'timestamp', s: 'struct<a: list<timestamp>>' })
  expect(await refused('damaged.parquet', 'PAR1 and nothing more')).toBe('files/unreadable')
  const empty = new Folder()
  const { status } = await empty.run('init', '--from', join(folder.path, 'damaged.parquet'))
  expect([status, readdirSync(empty.path)]).toEqual([1, []])
  empty.remove()
})

test('JSON: numbers beyond a double get types that keep their digits, and land with them', async () => {
  const record =
    '{"id":12345678901234567890123,"big":9007199254740993,"price":1234567890123456.78,"part":0.5,"in":{"n":[9007199254740993]},"most":' +
    '9'.repeat(39) +
    '}'
  const own = new Folder().write({ 'b.jsonl': `${record}\n{"id":7,"big":1.0,"price":1,"part":2}\n` })
  expect((await own.json<{ columns: object }>('init', '--from', 'b.jsonl')).columns).toEqual({
    id: 'decimal(38,0)',
    big: 'decimal(18,1)',
    price: 'decimal(18,2)',
    part: 'float64',
    in: 'struct<n: list<int64>>',
    most: 'string',
  })
  await own.prepare('run')
  const digits = { id: '12345678901234567890123', big: '9007199254740993.0', price: '1234567890123456.78' }
  expect(await own.json('query', 'select * from bronze.b order by id')).toEqual([
    { id: '7', big: '1.0', price: '1.00', part: 2, in: null, most: null },
    { ...digits, part: 0.5, in: { n: ['9007199254740993'] }, most: '9'.repeat(39) },
  ])
  own.remove()
})

test('what is no file, and a table that is there, are told with what to type instead', async () => {
  const own = new Folder().write({ 'in/b.csv': 'a\n1\n', 'in/a.csv': 'a\n1\n', 'in/notes.md': '' })
  const fixOf = async (...args: readonly string[]): Promise<string> => {
    const { stderr } = await own.run('init', ...args)
    return stderr
  }
  expect(await fixOf('--from', 'in')).toContain(`(\`--from '${join(own.path, 'in/a.csv')}'\`)`)
  await own.prepare('init', '--from', 'in/a.csv')
  expect(await fixOf('--from', 'in/a.csv')).toContain('`--table bronze.a_2`')
  expect(await fixOf('--from', 'in/a.csv', '--table', 'bronze.a_2')).toContain('Wrote tables/bronze/a_2.ts')
  own.remove()
})

test('a table is named after a file whose name has other letters', async () => {
  for (const [file, table] of [
    ['Ünï-çödé.csv', 'bronze.uni_code'],
    ['Liste № 5 (é).csv', 'bronze.liste_no_5_e'],
    ['данные.csv', 'bronze.file'],
    ['2026 – sales.csv', 'bronze.file_2026_sales'],
  ] as const) {
    folder.write({ [file]: 'a\n1\n' })
    expect(await folder.json('init', '--from', file)).toMatchObject({ table })
  }
})

test('a delimiter that the name of the file does not tell is written down', async () => {
  const own = new Folder().write({ 'a.tsv': 'id,name\n1,x\n' })
  await own.prepare('init', '--from', 'a.tsv')
  await own.prepare('run')
  expect(await own.json('query', 'from bronze.a')).toEqual([{ id: 1, name: 'x' }])
  own.remove()
})
