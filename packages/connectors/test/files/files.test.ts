import { mkdtempSync, mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import type { Columns, Position, RawScan } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type FilesPlan, filesConfig, inferFile, planFiles } from '../../src/index.ts'

let root = ''
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'millrace-files-'))
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

function put(name: string, content: string | Buffer): string {
  const path = join(root, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

const columns: Columns = { id: { type: 'int64' }, name: { type: 'string' } }

/** What files of types say, by their names; a real engine reads them in the runtime's tests. */
const typed: Readonly<Record<string, Columns>> = {
  'a.parquet': { ID: { type: 'int32' }, price: { type: 'decimal(9,2)' }, size: { type: 'int64' } },
  'b.parquet': { id: { type: 'int64' }, price: { type: 'decimal(9,2)' }, size: { type: 'string' } },
  'c.parquet': { other: { type: 'int64' } },
}
const typesOf = (scan: RawScan): Promise<Columns> => Promise.resolve(typed[basename(scan.files[0]?.path ?? '')] ?? {})

const plan = (
  path: string,
  more: Record<string, string | boolean | number> = {},
  position: Position = {},
): Promise<FilesPlan> =>
  planFiles({
    config: filesConfig({ path, ...more }),
    root,
    columns,
    position,
    temp: join(root, 'temp'),
    describe: typesOf,
  })

const names = (one: FilesPlan): readonly string[] =>
  one.scan?.files.map((file) => file.path.slice(root.length + 1)) ?? []

describe('which files have arrived', () => {
  test('each file lands once: what the position holds is not offered again', async () => {
    put('once/a.csv', 'id,name\n1,a\n')
    put('once/deep/b.csv', 'id,name\n2,b\n')
    const first = await plan('once/**/*.csv')
    expect(names(first)).toEqual(['once/a.csv', 'once/deep/b.csv'])
    expect((await plan('once/**/*.csv', {}, first.position)).scan).toBeNull()
    put('once/c.csv', 'id,name\n3,c\n')
    const second = await plan('once/**/*.csv', {}, first.position)
    expect(names(second)).toEqual(['once/c.csv'])
    expect(Object.keys(second.position)).toEqual(['once/a.csv', 'once/deep/b.csv', 'once/c.csv'])
  })

  test('a touched file is the same file; a changed one is refused, or reloaded where that is said', async () => {
    const path = put('changed/a.csv', 'id,name\n1,a\n')
    const { position } = await plan('changed/*.csv')
    utimesSync(path, new Date(), new Date(Date.now() + 5000))
    expect((await plan('changed/*.csv', {}, position)).scan).toBeNull()
    writeFileSync(path, 'id,name\n1,b\n')
    await expect(plan('changed/*.csv', {}, position)).rejects.toMatchObject({
      issues: [{ code: 'files/changed', params: { path: 'changed/a.csv' } }],
    })
    expect(names(await plan('changed/*.csv', { changed: 'reload' }, position))).toEqual(['changed/a.csv'])
  })

  test('a path that is not there says where it was looked for', async () => {
    await expect(plan('nowhere/x.csv')).rejects.toMatchObject({ issues: [{ code: 'files/none' }] })
    await expect(plan('nowhere/*.csv')).rejects.toMatchObject({ issues: [{ code: 'files/none' }] })
  })
})

describe('headers', () => {
  test('are read from plain, packed, marked and UTF-16 files alike', async () => {
    const text = 'id,"na""me"\r\n1,ä\r\n'
    put('enc/1.csv', text)
    put('enc/2.csv.gz', gzipSync(text))
    put('enc/3.csv.zst', zstdCompressSync(Buffer.from(text)))
    put('enc/4.csv', Buffer.from(`\uFEFF${text}`, 'utf8'))
    put('enc/5.csv', Buffer.from(`\uFEFF${text}`, 'utf16le'))
    put('enc/6.csv', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16())
    const found = await plan('enc/*')
    expect(found.scan?.files.map((file) => file.header)).toEqual(Array.from({ length: 6 }, () => ['id', 'na"me']))
    const copies = found.scan?.files.filter((file) => file.path !== join(root, file.label ?? '')) ?? []
    expect(copies.map((file) => file.label)).toEqual(['enc/5.csv', 'enc/6.csv'])
    expect(copies.map((file) => readFileSync(file.path, 'utf8'))).toEqual([text, text])
    await found.release()
    expect(() => readFileSync(copies[0]?.path ?? '')).toThrow('ENOENT')
  })

  test('Latin-1 is converted when it is declared', async () => {
    put('latin/a.csv', Buffer.from('id,name\n1,Müller\n', 'latin1'))
    const found = await plan('latin/a.csv', { encoding: 'latin1' })
    expect(readFileSync(found.scan?.files[0]?.path ?? '', 'utf8')).toBe('id,name\n1,Müller\n')
  })

  test('a name that stands twice is refused, whatever its case', async () => {
    put('twice/a.csv', 'id,name,ID\n')
    await expect(plan('twice/a.csv')).rejects.toMatchObject({
      issues: [{ code: 'files/duplicate-header', params: { names: ['ID'] } }],
    })
  })

  test('a field without a name gets one by its place; behind the last delimiter only where it is declared', async () => {
    put('nameless/a.csv', 'id,,name,\n')
    const found = await plan('nameless/a.csv')
    expect(found.scan?.files[0]?.header).toEqual(['id', 'column2', 'name', ''])
    expect(found.added).toEqual({ column2: { type: 'string' } })
  })

  test('names of JSON records may be written in several ways: they mean one column', async () => {
    put('spelled/a.jsonl', '{"ID":1,"Extra":1}\n{"id":2,"extra":2}\n')
    expect((await plan('spelled/a.jsonl')).added).toEqual({ Extra: { type: 'string' } })
  })

  test('a file without its header is told from one with other columns', async () => {
    put('nohead/a.csv', '7,x\n8,y\n')
    await expect(plan('nohead/a.csv')).rejects.toMatchObject({ issues: [{ code: 'files/no-header' }] })
    expect((await plan('nohead/a.csv', { header: false })).scan?.files[0]?.header).toEqual(['id', 'name'])
  })

  test('new columns are added as text, refused or ignored, as the source says', async () => {
    put('new/a.csv', 'id,name,Extra\n')
    put('new/b.jsonl', '{"id":1,"Extra":2}\nbroken\n{"other":3}\n')
    expect((await plan('new/a.csv')).added).toEqual({ Extra: { type: 'string' } })
    expect((await plan('new/b.jsonl')).added).toEqual({ Extra: { type: 'string' }, other: { type: 'string' } })
    expect((await plan('new/a.csv', { newColumns: 'ignore' })).added).toEqual({})
    await expect(plan('new/a.csv', { newColumns: 'refuse' })).rejects.toMatchObject({
      issues: [{ code: 'files/new-columns', params: { names: ['Extra'] } }],
    })
  })

  test('new keys are found in the elements of an array, wherever they stand', async () => {
    put(
      'new/c.json',
      '\uFEFF [{"id": 1, "deep": {"inner": [{"x": "]"}]}},\n {"name": "a]",\n "Late": 2}, 5, {"broken: }, {"last": 3}',
    )
    put(
      'new/d.json.gz',
      gzipSync(`[${Array.from({ length: 30_000 }, (_, i) => `{"id": ${i}}`).join(',\n')}, {"z": 1}]`),
    )
    expect((await plan('new/c.json')).added).toEqual({ deep: { type: 'string' }, Late: { type: 'string' } })
    expect((await plan('new/d.json.gz')).added).toEqual({ z: { type: 'string' } })
    await expect(plan('new/d.json.gz', { newColumns: 'refuse' })).rejects.toMatchObject({
      issues: [{ code: 'files/new-columns', params: { names: ['z'] } }],
    })
  })

  test('files that say their types add columns of these, and text where they disagree', async () => {
    for (const name of Object.keys(typed)) put(`typed/${name}`, 'stands for Parquet')
    expect((await plan('typed/a.parquet')).added).toEqual({ price: { type: 'decimal(9,2)' }, size: { type: 'int64' } })
    expect((await plan('typed/[ab].parquet')).added).toEqual({
      price: { type: 'decimal(9,2)' },
      size: { type: 'string' },
    })
    expect((await plan('typed/a.parquet', { newColumns: 'ignore' })).added).toEqual({})
    await expect(plan('typed/c.parquet')).rejects.toMatchObject({ issues: [{ code: 'files/other-columns' }] })
    await expect(plan('typed/b.parquet', { newColumns: 'refuse' })).rejects.toMatchObject({
      issues: [{ code: 'files/new-columns', params: { names: ['price', 'size'] } }],
    })
  })

  test('a wide header of 10,000 columns is read whole', async () => {
    put('wide/a.csv', `id,${Array.from({ length: 9999 }, (_, i) => `c${i}`).join(',')}\n`)
    const found = await plan('wide/a.csv', { newColumns: 'ignore' })
    expect(found.scan?.files[0]?.header.length).toBe(10_000)
  })
})

describe('the config', () => {
  test('takes format and delimiter from the name of the file', () => {
    expect(filesConfig({ path: 'in/*.tsv.gz' })).toMatchObject({ format: 'csv', delimiter: '\t' })
    expect(filesConfig({ path: 'in/x.ndjson' })).toMatchObject({ format: 'json', layout: 'lines' })
    expect(filesConfig({ path: ['a.parquet'] })).toMatchObject({ format: 'parquet' })
  })

  test('refuses what it does not know, and says what it would take', () => {
    const refused = (config: Record<string, string | number>): string => {
      try {
        filesConfig({ path: 'a.csv', ...config })
        return 'taken'
      } catch (error) {
        return String(error)
      }
    }
    expect(refused({ delimeter: ';' })).toContain('delimeter: ";" is not possible; expected one of')
    expect(refused({ newColumns: 'drop' })).toContain('expected one of "add", "refuse", "ignore"')
    expect(refused({ header: 'no' })).toContain('expected a boolean')
    expect(refused({ delimiter: '||' })).toContain('expected one character')
  })
})

describe('inferring from a file', () => {
  const iso = { decimal: '.', dateFormat: null, timestampFormat: null }
  const plain = { delimiter: ',', quote: '"', header: true, encoding: 'utf-8', ...iso }

  test('a delimited file gives its dialect and the narrowest exact types', async () => {
    const path = put(
      'infer/a.csv',
      'id;code;amount;day;at;zoned;ok;rate;note\n1;007;12.50;2026-01-01;2026-01-01T10:00:00;2026-01-01 10:00:00+01;true;1e3;"a;b"\n2;008;3.5;2026-01-02;2026-01-02 11:00;2026-01-02T10:00:00Z;false;2.5;\n',
    )
    const { dialect, columns: found } = await inferFile(path)
    expect(dialect).toEqual({ ...plain, delimiter: ';' })
    expect(Object.fromEntries(Object.entries(found).map(([name, spec]) => [name, spec.type]))).toEqual({
      id: 'int64',
      code: 'string',
      amount: 'decimal(18,2)',
      day: 'date',
      at: 'timestamp',
      zoned: 'timestamptz',
      ok: 'boolean',
      rate: 'float64',
      note: 'string',
    })
  })

  test('a column with an empty text in quotes is text, for no other type has one', async () => {
    const lines = ['id,n,ok,day,none', '1,"",true,2026-01-01,', '2,7,"","",', '"3",,,,']
    const { dialect, columns: found } = await inferFile(put('infer/quoted.csv', `${lines.join('\n')}\n`))
    expect(dialect.header).toBe(true)
    expect(Object.values(found).map((spec) => spec.type)).toEqual(['int64', 'string', 'string', 'string', 'string'])
  })

  test('a file without a header gets numbered columns', async () => {
    const { dialect, columns: found } = await inferFile(put('infer/b.csv', '1,x\n2,y\n'))
    expect(dialect.header).toBe(false)
    expect(found).toEqual({ column1: { type: 'int64' }, column2: { type: 'string' } })
  })

  test('a file without a mark is taken for UTF-8, UTF-16 or Latin-1, as its bytes say', async () => {
    const text = 'id;name\n1;José\n2;Zoë\n'
    const wide = Buffer.from(text, 'utf16le')
    const cases = { 'utf-8': Buffer.from(text), latin1: Buffer.from(text, 'latin1'), 'utf-16le': wide }
    for (const [encoding, bytes] of [...Object.entries(cases), ['utf-16be', Buffer.from(wide).swap16()] as const]) {
      const { dialect, columns: found } = await inferFile(put(`infer/encoded-${encoding}.csv`, bytes))
      expect(dialect).toEqual({ ...plain, delimiter: ';', encoding })
      expect(found).toEqual({ id: { type: 'int64' }, name: { type: 'string' } })
    }
    // Far behind the beginning, too.
    const late = Buffer.concat([Buffer.from(`a,b\n${'1,x\n'.repeat(250_000)}`), Buffer.from('2,é\n', 'latin1')])
    expect((await inferFile(put('infer/late.csv', late))).dialect.encoding).toBe('latin1')
  })

  test('single quotes enclose fields where nothing speaks against it; an apostrophe is none', async () => {
    const quoted = await inferFile(put('infer/single.csv', "id,name\n1,'a,b'\n2,'c'\n"))
    expect(quoted).toMatchObject({ dialect: { quote: "'", delimiter: ',' }, columns: { name: { type: 'string' } } })
    const people = await inferFile(put('infer/names.csv', "id,name\n1,O'Brien\n2,D'Arcy\n"))
    expect(people.dialect.quote).toBe('"')
  })

  test('whole numbers of many digits keep all of them', async () => {
    const { columns: found } = await inferFile(
      put('infer/keys.csv', 'key,sum,text\n1234567890123456789,12345678901234567890,1\n-9223372036854775808,1,x\n'),
    )
    expect(found).toEqual({ key: { type: 'int64' }, sum: { type: 'decimal(38,0)' }, text: { type: 'string' } })
  })

  test('decimals of many digits keep all of them, as far as a decimal has them; short ones are as before', async () => {
    const lines = [
      'long,tiny,large,longest,float,power',
      '-12345678901234567890.123456789,0.00000000000000000000001234,123456789012345.123456,1234567890123456789012345678901234567.25,0.1234567,1e3',
      '1.5,1234567890.12345678901,1,0.01,2.5,12345678901234567890.5',
    ]
    const { columns: found } = await inferFile(put('infer/decimals.csv', `${lines.join('\n')}\n`))
    expect(Object.fromEntries(Object.entries(found).map(([name, { type }]) => [name, type]))).toEqual({
      long: 'decimal(38,9)',
      tiny: 'decimal(38,26)',
      large: 'decimal(38,6)',
      longest: 'float64',
      float: 'float64',
      power: 'float64',
    })
  })

  test('moments of a zone without seconds are text: they would not land', async () => {
    const { columns: found } = await inferFile(
      put('infer/moments.csv', 'a,b,c\n2026-01-01T10:00Z,2026-01-01 10:00+02:00,2026-01-01T10:00\n'),
    )
    expect(found).toEqual({ a: { type: 'string' }, b: { type: 'string' }, c: { type: 'timestamp' } })
  })

  test('lines that end with a delimiter have no column more', async () => {
    const { dialect, columns: found } = await inferFile(put('infer/trailing.csv', 'id,name,\n1,a,\n'))
    expect(dialect.header).toBe(true)
    expect(Object.keys(found)).toEqual(['id', 'name'])
    const indexed = await inferFile(put('infer/indexed.csv', ',name,amount\n0,a,1.5\n1,b,2\n'))
    expect([indexed.dialect.header, Object.keys(indexed.columns)]).toEqual([true, ['column1', 'name', 'amount']])
    expect((await inferFile(put('infer/texts.csv', ',b,c\nx,y,z\n'))).dialect.header).toBe(false)
    const nameless = await inferFile(put('infer/nameless.csv', 'id,,x,\n1,2,a,7\n'))
    expect(nameless.columns).toEqual({
      id: { type: 'int64' },
      column2: { type: 'int64' },
      x: { type: 'string' },
      column4: { type: 'int64' },
    })
  })

  test.for([
    ['twice.csv', 'id,Name,name\n1,a,b\n', 'files/duplicate-header'],
    ['empty.csv', '', 'files/no-columns'],
    ['object.json', '{\n "id": 1\n}\n', 'files/no-columns'],
    ['book.xlsx', 'PK\u0003\u0004\0\0\n', 'files/no-columns'],
  ] as const)('%s is refused', async ([name, content, code]) => {
    await expect(inferFile(put(`infer/${name}`, content))).rejects.toThrow(code)
    await expect(inferFile(join(root, 'infer'))).rejects.toThrow('files/is-folder')
    await expect(inferFile(join(root, 'infer-none'))).rejects.toThrow('files/not-found')
  })

  test('JSON keeps its nesting; what is of several kinds stays JSON', async () => {
    const path = put(
      'infer/c.jsonl',
      '{"id":1,"who":{"name":"a","age":3},"tags":["x"],"any":1,"at":"2026-01-01T00:00:00Z"}\n{"id":2,"who":{"age":null},"tags":[],"any":"z","at":null}\n',
    )
    expect((await inferFile(path)).columns).toEqual({
      id: { type: 'int64' },
      who: { type: { struct: { name: { type: 'string' }, age: { type: 'int64' } } } },
      tags: { type: { list: 'string' } },
      any: { type: 'json' },
      at: { type: 'timestamptz' },
    })
    const mixed = '{"id":1,"n":{"a":1}}\n[1]\n{"ID":"x","n":{"A":1}}\nbroken\n'
    expect((await inferFile(put('infer/mixed.jsonl', mixed))).columns).toEqual({
      id: { type: 'json' },
      n: { type: 'json' },
    })
    expect(await inferFile(put('infer/d.json', '[{"a":1},{"a":2.5}]'))).toMatchObject({
      layout: 'array',
      columns: { a: { type: 'float64' } },
    })
  })

  test('records of JSON have as many columns as they have keys', async () => {
    const wide = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, i]))
    const { columns: found } = await inferFile(put('infer/wide.jsonl', JSON.stringify({ ...wide, inner: wide })))
    expect(Object.keys(found)).toHaveLength(301)
    expect([found['k299'], found['inner']]).toEqual([{ type: 'int64' }, { type: 'json' }])
  })

  test('an empty key of JSON names no column, and no field', async () => {
    const { columns: found } = await inferFile(put('infer/nameless.jsonl', '{"id":1,"":2,"s":{"":3,"x":4}}\n'))
    expect(found).toEqual({ id: { type: 'int64' }, s: { type: 'json' } })
  })
})
