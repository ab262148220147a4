// Every format, packed in every way and written in every encoding that is taken: the same records give the same rows.
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, Folder } from '../packages/cli/test/command.ts'

const folder = new Folder()
afterAll(() => folder.remove())

const texts: Readonly<Record<string, string>> = {
  csv: 'id,name,amount\n1,"Zoë, ""Z""",1.50\n2,,-2\n',
  tsv: 'id\tname\tamount\n1\t"Zoë, ""Z"""\t1.50\n2\t\t-2\n',
  json: '[{"id":1,"name":"Zoë, \\"Z\\"","amount":1.50},\n {"amount":-2,"id":2}]',
  jsonl: '{"id":1,"name":"Zoë, \\"Z\\"","amount":1.50}\n{"amount":-2,"id":2,"name":null}\n',
}
const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  utf8: (text) => Buffer.from(text),
  bom: (text) => Buffer.from(`\uFEFF${text}`),
  utf16le: (text) => Buffer.from(`\uFEFF${text}`, 'utf16le'),
  utf16be: (text) => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16(),
  latin1: (text) => Buffer.from(text, 'latin1'),
}
const packings: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  '': (bytes) => bytes,
  '.gz': (bytes) => gzipSync(bytes),
  '.zst': (bytes) => zstdCompressSync(bytes),
}

const source = (
  table: string,
  path: string,
  more: string,
  maxRejects = '',
): string => `import { defineSource } from 'millrace'
export default defineSource({
  connector: 'files',
  config: { path: ${path}${more} },${maxRejects}
  tables: { 'bronze.${table}': { write: 'append',
    columns: { id: { type: 'int64' }, name: { type: 'string' }, amount: { type: 'decimal(9,2)' } } } },
})
`

/** One source for each format, and one more where an encoding has to be said. */
const sources = Object.keys(texts).flatMap((format) => [
  { table: format, path: `['in/**/${format}-marked.${format}*', 'in/${format}-more.*']`, said: '' },
  { table: `${format}_latin1`, path: `'in/latin1/${format}-said.*'`, said: ", encoding: 'latin1'" },
])

beforeAll(async () => {
  folder.write({ 'millrace.config.ts': config })
  for (const [format, text] of Object.entries(texts))
    for (const [encoding, encode] of Object.entries(encodings))
      for (const [ending, pack] of Object.entries(packings)) {
        const name = encoding === 'latin1' ? 'said' : 'marked'
        folder.write({ [`in/${encoding}/${format}-${name}.${format}${ending}`]: pack(encode(text)) })
      }
  for (const { table, path, said } of sources)
    folder.write({
      [`tables/bronze/${table}.ts`]: source(table, path, `${said}, format: '${formatOf(table)}'${layoutOf(table)}`),
    })
  await folder.prepare('run')
})

const formatOf = (table: string): string => (table.startsWith('json') ? 'json' : 'csv')
const layoutOf = (table: string): string =>
  table.startsWith('jsonl')
    ? ", layout: 'lines'"
    : table.startsWith('json')
      ? ", layout: 'array'"
      : table.startsWith('tsv')
        ? String.raw`, delimiter: '\t'`
        : ''

const counted = async (table: string): Promise<unknown> =>
  await folder.json('query', `select *, count(*) as files from bronze.${table} group by all order by id`)

const expected = (files: number): readonly object[] => [
  { id: 1, name: 'Zoë, "Z"', amount: '1.50', files },
  { id: 2, name: null, amount: '-2.00', files },
]

describe('the same records', () => {
  test.for(sources.map(({ table }) => table))('of %s', async (table) => {
    const encoded = table.endsWith('latin1') ? 1 : Object.keys(encodings).length - 1
    expect(await counted(table)).toEqual(expected(encoded * Object.keys(packings).length))
  })

  test('without a single reject, and once: a second run has nothing to do', async () => {
    const tables = await folder.json<{ table: string }[]>('tables')
    expect(tables.map((one) => one.table).filter((table) => table.endsWith('__rejects'))).toEqual([])
    expect(await folder.json('plan')).toMatchObject({ steps: [] })
  })

  test('of a file that arrives later in a folder that is there, by another of the patterns', async () => {
    folder.write({ 'in/csv-more.csv': texts['csv'] ?? '' })
    await folder.prepare('run')
    expect(await counted('csv')).toEqual(expected(13))
  })

  test('of a file that was landed and has changed are refused by name, and nothing is lost or doubled', async () => {
    folder.write({ 'in/csv-more.csv': `${texts['csv']}3,late,3\n` })
    const { status, stderr } = await folder.run('run')
    expect(status).toBe(1)
    expect(stderr).toContain('in/csv-more.csv was landed before and has changed since')
    expect(stderr).toContain('`changed: reload`')
    expect(await counted('csv')).toEqual(expected(13))
    folder.write({ 'in/csv-more.csv': texts['csv'] ?? '' })
  })
})

describe('a column more', () => {
  const files: Readonly<Record<string, string>> = {
    csv: 'id,name,amount,more\n1,a,1,x\n',
    jsonl: '{"id":1,"name":"a","amount":1,"more":{"deep":[1]}}\n',
  }
  test.for(Object.keys(files))('in %s is added, refused or left out, as the source says', async (format) => {
    for (const rule of ['add', 'refuse', 'ignore']) {
      const table = `${format}_${rule}`
      folder.write({
        [`more/${format}/1.${format}`]: files[format] ?? '',
        [`tables/bronze/${table}.ts`]: source(table, `'more/${format}/*.${format}'`, `, newColumns: '${rule}'`),
      })
    }
    const ran = await folder.run('run', '--select', `bronze.${format}_*`)
    expect(ran.status).toBe(1)
    expect(ran.stderr).toContain(`more/${format}/1.${format} has columns that the table does not declare: more`)
    expect(ran.stderr).toContain('Declare the columns, or set `newColumns` to `add` or `ignore`.')
    const row = { id: 1, name: 'a', amount: '1.00' }
    const more = format === 'csv' ? 'x' : '{"deep":[1]}'
    expect(await folder.json('query', `from bronze.${format}_add`)).toEqual([{ ...row, more }])
    expect(await folder.json('query', `from bronze.${format}_ignore`)).toEqual([row])
    expect((await folder.run('query', `from bronze.${format}_refuse`)).status).toBe(2)
    await folder.shell(`rm tables/bronze/${format}_*.ts`)
  })
})

test('more rejects than the limit stop the load: nothing but the rejects is published', async () => {
  folder.write({
    'share/1.csv': 'id,name,amount\n1,a,1\n2,b,x\n3,c,3\n4,d,4\n',
    'tables/bronze/under.ts': source('under', "'share/*'", '', ' maxRejects: 1,'),
    'tables/bronze/over.ts': source('over', "'share/*'", '', ' maxRejects: 0,'),
  })
  const ran = await folder.run('run', '--select', 'bronze.under,bronze.over')
  expect(ran.status).toBe(1)
  expect(ran.stderr).toContain('run/too-many-rejects')
  expect(await folder.json('query', 'select id from bronze.under')).toEqual([{ id: 1 }, { id: 3 }, { id: 4 }])
  expect((await folder.run('query', 'from bronze.over')).status).toBe(2)
  expect(await folder.json('query', 'select file, line, "column", raw, reason from bronze.over__rejects')).toEqual([
    {
      file: 'share/1.csv',
      line: 3,
      column: 'amount',
      raw: '2,b,x',
      reason: expect.stringContaining('x') as string,
    },
  ])
})
