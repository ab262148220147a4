// Files with a few bent records among many good ones: only those go the exact way, and nothing else may be seen of it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Columns, RawFile, RawScan } from '@millrace/core'
import { placeInFile, takeApart } from '../src/land/csv-bent.ts'
import { scanFields } from '../src/land/field-scan.ts'
import { csvOptions } from '../src/scan/csv-options.ts'
import { fieldsOf } from '../src/scan/raw.ts'
import { type Bench, openBench } from './bench-session.ts'
import { land, type Landed } from './land-values.ts'

let bench: Bench
let folder = ''
beforeAll(async () => {
  bench = await openBench()
  folder = mkdtempSync(join(tmpdir(), 'millrace-bent-'))
})
afterAll(async () => {
  await bench.close()
  rmSync(folder, { recursive: true, force: true })
})

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`
const columns: Columns = { n: { type: 'int32' }, v: { type: 'decimal(5,2)' }, s: { type: 'string' } }

/** One record: its number, its value and a text that may hold anything. */
interface Written {
  readonly value: string
  readonly text: string
  readonly quotes: boolean
  readonly blank: boolean
}

/** A file, and the same with a column of JSON more, which makes all of it go the exact way. */
function texts(records: readonly Written[], end: string, last: string): readonly [string, string] {
  const lines = records.map(({ value, text, quotes, blank }, i) => {
    const field = quotes ? quoted(value) : value
    return [`${blank ? end : ''}${i},${field},${quoted(text)}`, end] as const
  })
  const make = (header: string, more: string): string =>
    header + end + lines.map(([line], i) => line + more + (i === lines.length - 1 ? last : end)).join('')
  return [make('n,v,s', ''), make('n,v,s,j', ',')]
}

/** Raw texts differ by the field that makes the difference. */
const same = ({ rows, rejects }: Landed): Landed => ({
  rows,
  rejects: rejects.map((one) =>
    (one as unknown[]).map((part) => (typeof part === 'string' ? part.replace(/,$/, '') : part)),
  ),
})

const record = fc.record({
  value: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom('1.50', '7', '-0.25', '', '1e1', '2.500') },
    { weight: 1, arbitrary: fc.constantFrom('1.555', '0.001', '1e-3') },
    { weight: 1, arbitrary: fc.constantFrom('x', '1000', '1.5.5', '-') },
  ),
  text: fc.string({ unit: fc.constantFrom('a', 'ä', ',', '"', '\n', '.', 'e', ' '), maxLength: 5 }),
  quotes: fc.boolean(),
  blank: fc.boolean(),
})

test('few bad records among good ones land as when all of the file goes the exact way', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 40 }),
      fc.constantFrom('\n', '\r\n'),
      fc.boolean(),
      async (records, end, ended) => {
        const [text, exact] = texts(records, end, ended ? end : '')
        const fast = await land(bench, text, columns, 'csv', {})
        const slow = await land(bench, exact, { ...columns, j: { type: 'json' } }, 'csv', {})
        expect(same(fast)).toEqual(same(slow))
        expect(fast.rows.length + fast.rejects.length).toBe(records.length)
      },
    ),
    { numRuns: 60 },
  )
})

test('lines, raw texts and reasons of bent records and of their neighbours are those of the file', async () => {
  const text = 'n,v,s\n1,1.5,"a\nb"\n\n2,1.555,"c\nd"\n3,x,e\n4,2.001,f\n5,3,g\n6,y,"h'
  const { rows, rejects } = await land(bench, `${text}\ni"\n7,0.125,`, columns, 'csv', {})
  expect(rows).toEqual([
    [1, '1.50'],
    [5, '3.00'],
  ])
  expect(rejects).toEqual([
    [5n, 'v', '2,1.555,"c\nd"', 'inexact: "1.555" would become 1.56 as DECIMAL(5,2)'],
    [7n, 'v', '3,x,e', 'cast: "x" is no DECIMAL(5,2)'],
    [8n, 'v', '4,2.001,f', 'inexact: "2.001" would become 2.00 as DECIMAL(5,2)'],
    [10n, 'v', '6,y,"h\ni"', 'cast: "y" is no DECIMAL(5,2)'],
    [12n, 'v', '7,0.125,', 'inexact: "0.125" would become 0.13 as DECIMAL(5,2)'],
  ])
})

test('a file of nothing but bent records, with a header and without one', async () => {
  const all = await land(bench, 'n,v,s\n1,1.555,a\n2,1.556,b', columns, 'csv', {})
  expect([all.rows, all.rejects.map((one) => (one as unknown[])[0])]).toEqual([[], [2n, 3n]])
  const bare = await land(bench, '1,1.555,a\n', columns, 'csv', { header: false })
  expect([bare.rows, bare.rejects.length]).toEqual([[], 1])
})

const fileOf = (name: string, content: Buffer, header: readonly string[]): RawFile => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return { path, bytes: content.length, header }
}

test('what is left of a file is the file without the bytes of its bent records, and each place is told', async () => {
  const good = (i: number): string => `${i},1.50,"text ${i}\nmore"\n`
  const bad = (i: number): string => `${i},1.505,${'x'.repeat(i % 7)}\n`
  const isBad = (i: number): boolean => i % 9173 === 3 || i === 60_000 || i === 60_001
  const lines = Array.from({ length: 100_000 }, (_, i) => (isBad(i) ? bad(i) : good(i)))
  const content = Buffer.from(`\uFEFFn,v,s\n${lines.join('')}`)
  const file = fileOf('large.csv', content, ['n', 'v', 's'])
  const scan: RawScan = { via: 'raw', format: 'csv', columns, files: [file], options: {} }
  const found = await scanFields(file.path, fieldsOf(scan, file.header), csvOptions(scan))
  expect([found.records, found.odd, found.bent.length]).toEqual([100_000, false, 13])
  const taken = await takeApart({ scan, spill: folder }, file, found.bent, [])
  const rest = readFileSync(taken?.read.path ?? '', 'utf8')
  expect(rest).toBe(`\uFEFFn,v,s\n${lines.filter((_, i) => !isBad(i)).join('')}`)
  if (taken === null) throw new Error('the file was not taken apart')
  const left = Buffer.from(rest)
  for (const i of [0, 2, 4, 9177, 59_999, 60_002, 99_999]) {
    const offset = placeInFile(taken, left.indexOf(`\n${i},`) + 1)
    expect(content.toString('utf8', offset, offset + `${i},1`.length)).toBe(`${i},1`)
  }
  const clean = readFileSync(taken.bent?.path ?? '', 'utf8').split('\n')
  const lineOf = (i: number): number => 2 + lines.slice(0, i).join('').split('\n').length - 1
  expect(clean.map((line) => line.split(',').slice(0, 1)[0])).toEqual([
    ...lines.flatMap((_, i) => (isBad(i) ? [`${lineOf(i)}`] : [])),
    '',
  ])
})

test('a bent record that the exact way would see otherwise leaves the file as a whole', async () => {
  const content = Buffer.concat([
    Buffer.from('n,v,s\n1,1.5,a\n2,1.555,'),
    Buffer.from([0xff]),
    Buffer.from('\n3,1,b\n'),
  ])
  const file = fileOf('bytes.csv', content, ['n', 'v', 's'])
  const scan: RawScan = { via: 'raw', format: 'csv', columns, files: [file], options: {} }
  const { bent } = await scanFields(file.path, fieldsOf(scan, file.header), csvOptions(scan))
  expect(bent).toEqual([{ offset: 14, bytes: 10 }])
  expect(await takeApart({ scan, spill: folder }, file, bent, [])).toBeNull()
})

test('blank lines of a single column are values, also beside a bent one', async () => {
  const file = fileOf('single.csv', Buffer.from('v\n1\n\n1.5\n3'), ['v'])
  const scan: RawScan = { via: 'raw', format: 'csv', columns: { v: { type: 'int32' } }, files: [file], options: {} }
  const { bent, records } = await scanFields(file.path, fieldsOf(scan, file.header), csvOptions(scan))
  expect([records, bent]).toEqual([4, [{ offset: 5, bytes: 4 }]])
  const taken = await takeApart({ scan, spill: folder }, file, bent, [])
  expect(readFileSync(taken?.read.path ?? '', 'utf8')).toBe('v\n1\n\n3')
  expect(readFileSync(taken?.bent?.path ?? '', 'utf8')).toBe('4,5,3,1.5\n')
})
