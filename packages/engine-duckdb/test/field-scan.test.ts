import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RawScan } from '@millrace/core'
import { type FieldsScanned, scanFields } from '../src/land/field-scan.ts'
import { RecordScanner } from '../src/land/record-scanner.ts'
import { csvOptions } from '../src/scan/csv-options.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-fields-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const optionsOf = (options: RawScan['options']): ReturnType<typeof csvOptions> =>
  csvOptions({ via: 'raw', format: 'csv', columns: {}, files: [], options })

async function scan(
  text: string | Buffer,
  columns: Parameters<typeof scanFields>[1],
  options: RawScan['options'] = {},
): Promise<FieldsScanned> {
  const path = join(folder, 'a.csv')
  writeFileSync(path, text)
  return await scanFields(path, columns, optionsOf(options))
}

const good = (records: number): FieldsScanned => ({ records, overlong: false, odd: false, bent: [] })
const cell = fc.string({ unit: fc.constantFrom('a', 'ä', '"', ',', '\n', '\r\n', ' ', '.', 'e'), maxLength: 9 })
const written = (value: string): string => `"${value.replaceAll('"', '""')}"`

test('counts the records that were written, whatever their fields hold', async () => {
  const rows = fc.array(fc.tuple(cell, cell), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (all, end, blanks) => {
      const lines = all.map((row) => row.map(written).join(',') + end + (blanks ? end : ''))
      expect(await scan(`x,y${end}${lines.join('')}`, [null, null])).toEqual(good(all.length))
    }),
  )
})

test('agrees with the exact way about any text, or calls it odd', async () => {
  const text = fc.string({
    unit: fc.constantFrom('a', 'b', '"', '"', ',', ',', '\n', '\n', '\r\n', ' '),
    maxLength: 80,
  })
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      const found = await scan(content, [null, null], { header: false })
      const scanner = new RecordScanner(optionsOf({}), 2)
      const records = [...scanner.push(Buffer.from(content)).records, ...scanner.finish().records]
      const whole = records.every((one) => one.problem === null)
      expect(found.odd || (whole && found.records === records.length)).toBe(true)
    }),
    { numRuns: 500 },
  )
})

test('finds the one value among many that would change, wherever the pieces are cut', async () => {
  const line = (i: number, amount: string): string =>
    `${i},some text with e and .,${amount},2026-01-31 12:00:00.123456\n`
  const columns = [{ type: 'int64' }, null, { type: 'decimal(9,2)' }, { type: 'timestamp' }] as const
  const lines = Array.from({ length: 30_000 }, (_, i) => line(i, '12.50'))
  expect(await scan(`a,b,c,d\n${lines.join('')}`, columns)).toEqual(good(30_000))
  for (const at of [0, 9321, 29_999]) {
    const one = lines.with(at, line(at, '12.505'))
    const before = `a,b,c,d\n${one.slice(0, at).join('')}`.length
    const bent = [{ offset: before, bytes: one[at]?.length }]
    expect(await scan(`a,b,c,d\n${one.join('')}`, columns)).toEqual({ ...good(30_000), bent })
  }
})

test('many unusual values are judged one by one, also without a line end and behind a byte order mark', async () => {
  const columns = [{ type: 'int64' }, { type: 'float64' }] as const
  const lines = Array.from({ length: 20_000 }, (_, i) => `${i}.0,${i}e-5`)
  expect(await scan(`\uFEFF${lines.join('\n')}`, columns, { header: false })).toEqual(good(20_000))
})

test('a record beyond the reader, fields that do not count up and open quotes are named', async () => {
  expect(await scan(`a,b\n1,${'x'.repeat(3 << 20)}\n2,y\n`, [null, null])).toMatchObject({ overlong: true })
  expect(await scan('a,b\n1\n', [null, null])).toEqual({ ...good(1), odd: true })
  expect(await scan('a,b\n1,"x\n2,y\n', [null, null])).toMatchObject({ odd: true })
  expect(await scan('a,b\n1,"x"y\n', [null, null])).toMatchObject({ odd: true })
})

test('other quotes and escapes', async () => {
  const escaped = { escape: '\\', header: false }
  expect(await scan('"a\\"b\n\\\\",1\nc,2\n', [null, { type: 'int64' }], escaped)).toEqual(good(2))
  expect(
    await scan("'a,b';1,5\n", [null, { type: 'decimal(3,1)' }], {
      quote: "'",
      delimiter: ';',
      decimal: ',',
      header: false,
    }),
  ).toEqual(good(1))
  expect(await scan('a"b,1\n', [null, { type: 'int64' }], { quote: '', escape: '', header: false })).toEqual(good(1))
})

test('blank lines are values of a single column', async () => {
  expect(await scan('a\n1\n\n2\n', [{ type: 'int64' }])).toEqual(good(3))
  expect(await scan('', [{ type: 'int64' }])).toEqual(good(0))
})
