// Decimal commas, dates that are not ISO 8601, and other looks of delimited files.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { MillraceError } from '@millrace/core'
import { inferFile } from '../../src/index.ts'

const root = mkdtempSync(join(tmpdir(), 'millrace-forms-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** What is proposed for lines of fields, with only the options that a source has to say. */
async function proposed(...lines: readonly string[]): Promise<object> {
  const path = join(root, 'a.csv')
  writeFileSync(path, `${lines.join('\n')}\n`)
  const { dialect, columns, notes } = await inferFile(path)
  const { decimal, dateFormat, timestampFormat } = dialect
  const types = Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type]))
  const said = Object.entries({ decimal, dateFormat, timestampFormat }).filter(([, one]) => one !== null && one !== '.')
  return { types, ...Object.fromEntries(said), ...(Object.keys(notes).length === 0 ? {} : { notes }) }
}

test('decimal commas and dates by day are proposed with their options', async () => {
  expect(await proposed('id;d;p', '1;31.01.2026;3,5', '2;13.02.2026;4')).toEqual({
    types: { id: 'int64', d: 'date', p: 'decimal(18,1)' },
    decimal: ',',
    dateFormat: '%d.%m.%Y',
  })
  for (const [value, dateFormat] of [
    ['31/1/2026', '%d/%m/%Y'],
    ['01/31/2026', '%m/%d/%Y'],
    ['01-31-2026', '%m-%d-%Y'],
    ['2026/01/31', '%Y/%m/%d'],
    ['2026.1.3', '%Y.%m.%d'],
  ] as const)
    expect(await proposed('id,d', `1,${value}`, '2,')).toEqual({ types: { id: 'int64', d: 'date' }, dateFormat })
  for (const [value, timestampFormat] of [
    ['31/01/2026 9:30', '%d/%m/%Y %H:%M'],
    ['1/31/2026 9:30:00 PM', '%m/%d/%Y %I:%M:%S %p'],
    ['31.01.2026 09:30:00.125', '%d.%m.%Y %H:%M:%S.%f'],
  ] as const)
    expect(await proposed('id,t', `1,${value}`)).toEqual({ types: { id: 'int64', t: 'timestamp' }, timestampFormat })
})

test('where no value tells, it stays text and that is said; another column may tell', async () => {
  const note = '%d/%m/%Y or %m/%d/%Y? No value tells: set `dateFormat`'
  const thousands = 'Decimals or thousands? No value tells: set `decimal`'
  const open = await proposed('id;d;n', '1;01/02/2026;1,250', '2;12/12/2026;12')
  expect(open).toEqual({ types: { id: 'int64', d: 'string', n: 'string' }, notes: { d: note, n: thousands } })
  expect(await proposed('a;b;t;n;m', '01/02/2026;13/02/2026;01/02/2026 10:00;1,250;0,5')).toEqual({
    types: { a: 'date', b: 'date', t: 'timestamp', n: 'decimal(18,3)', m: 'decimal(18,1)' },
    decimal: ',',
    dateFormat: '%d/%m/%Y',
    timestampFormat: '%d/%m/%Y %H:%M',
  })
  // Both orders are there: the third may be either.
  expect(await proposed('a;b;c', '01/13/2026;13/01/2026;01/02/2026')).toMatchObject({
    types: { a: 'date', b: 'string', c: 'string' },
    dateFormat: '%m/%d/%Y',
  })
})

test('of several forms the first holds, and columns of the others stay text', async () => {
  expect(await proposed('a;b;c;d', '31.01.2026;2026-01-31;1.5;1,5')).toEqual({
    types: { a: 'date', b: 'string', c: 'string', d: 'decimal(18,1)' },
    decimal: ',',
    dateFormat: '%d.%m.%Y',
    notes: {
      b: 'ISO 8601, but `dateFormat` holds for all columns: here %d.%m.%Y',
      c: 'Decimal points, but `decimal` holds for all columns: here a comma',
    },
  })
  expect(await proposed('b;a;t', '2026-01-31;31.01.2026;2026-01-31T10:00:00Z')).toEqual({
    types: { b: 'date', a: 'string', t: 'timestamptz' },
    notes: { a: '%d.%m.%Y, but `dateFormat` holds for all columns: here ISO 8601' },
  })
})

test('what only looks a little like numbers or dates stays text without a word', async () => {
  const values = [
    '1.234,56',
    '007,5',
    '1,',
    '+4912345',
    '31.02.2026',
    '2026-02-30',
    '31.01.26',
    '2026-01-31 25:00',
    '""',
  ]
  const names = values.map((_, i) => `c${i}`)
  const types = Object.fromEntries(names.map((name) => [name, 'string']))
  expect(await proposed(names.join(';'), values.join(';'))).toEqual({ types })
  expect(await proposed('toString;constructor', '1.5;x')).toEqual({
    types: { toString: 'decimal(18,1)', constructor: 'string' },
  })
})

test('a column of text may hold commas, and a number may be beyond floats', async () => {
  expect(await proposed('name', 'Smith, John', 'Doe, Jane')).toEqual({ types: { name: 'string' } })
  expect((await inferFile(join(root, 'a.csv'))).dialect.delimiter).toBe(';')
  expect(await proposed('n,m', '1e400,1e300', '1,2')).toEqual({ types: { n: 'string', m: 'float64' } })
})

test('where a sample of a large file is cut, no value is taken for another', async () => {
  // With a header of this length the sample of the middle ends within a date.
  const name = 'n'.repeat(137)
  const rows = Array.from({ length: 4000 }, () => `${'x'.repeat(300)},2026-01-31`)
  expect(await proposed(`${name},d`, ...rows)).toEqual({ types: { [name]: 'string', d: 'date' } })
})

test('a first line of such values is no header', async () => {
  for (const line of ['+4912345;Bob', '31.01.2026;x', '3,5;x', '12 %;x', '€ 12.50;x'])
    expect(await proposed(line, line)).toHaveProperty('types.column1')
})

test('lines above the header are told, for no source leaves them out', async () => {
  for (const [lines, top] of [
    [1, ['# made by x']],
    [1, ['# made by x, 2026, and y']],
    [3, ['# a', '#b,c', '']],
    [2, ['Report of January', '']],
    [1, ['sep=;']],
    [2, ['', '']],
  ] as const) {
    const refused = proposed(...top, 'id,name', '1,a', '2,b').catch((error: unknown) => (error as MillraceError).issues)
    expect(await refused).toMatchObject([{ code: 'files/preamble', params: { lines, line: top[0] } }])
  }
})

test('a first line that may be a header is one', async () => {
  for (const lines of [
    ['#id,name', '1,a', '2,b'],
    ['# of items,name', '1,a', '2,b'],
    ['tags', 'a;b', 'c;d'],
    ['"first', 'name",age', 'x,1'],
    ['#', 'a', 'b'],
    ['id', '1', '2'],
  ])
    expect(Object.keys(((await proposed(...lines)) as { types: object }).types)[0]).toBe(
      lines[0]?.split(',')[0]?.replace('"first', 'first\nname'),
    )
})
