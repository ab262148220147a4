import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RawScan } from '@millrace/core'
import { RecordScanner, type Scanned } from '../src/land/record-scanner.ts'
import { csvOptions } from '../src/scan/csv-options.ts'

interface Found {
  readonly line: number
  readonly offset: number
  readonly raw: string
  readonly problem: string | null
}

const textsOf = ({ bytes, records }: Scanned): readonly Found[] =>
  records.map(({ line, offset, start, end, problem }) => ({
    line,
    offset,
    problem,
    raw: bytes.toString('utf8', start, end),
  }))

function scan(text: string | Buffer, columns: number, pieces = 7, options: RawScan['options'] = {}): readonly Found[] {
  const bytes = Buffer.from(text)
  const scanner = new RecordScanner(csvOptions({ via: 'raw', format: 'csv', columns: {}, files: [], options }), columns)
  const found: Found[] = []
  for (let at = 0; at < bytes.length; at += pieces)
    found.push(...textsOf(scanner.push(bytes.subarray(at, at + pieces))))
  return [...found, ...textsOf(scanner.finish())]
}

const brief = (records: readonly Found[]): readonly unknown[] =>
  records.map((one) => [one.line, one.problem === null ? one.raw : one.problem.split(':')[0]])

/** A second, slow parser of well-formed text: character by character, as RFC 4180 is written. */
function reference(text: string): readonly (readonly (string | null)[])[] {
  const records: (readonly (string | null)[])[] = []
  let [fields, field, quoted, wasQuoted]: [(string | null)[], string, boolean, boolean] = [[], '', false, false]
  const endField = (): void => {
    fields.push(field === '' && !wasQuoted ? null : field)
    ;[field, wasQuoted] = ['', false]
  }
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted && char === '"' && text[i + 1] === '"') field += text[++i] ?? ''
    else if (char === '"') [quoted, wasQuoted] = [!quoted, true]
    else if (quoted) field += char ?? ''
    else if (char === ',') endField()
    else if (char === '\n') {
      endField()
      records.push(fields)
      fields = []
    } else if (char !== '\r') field += char ?? ''
  }
  return records
}

const cell = fc.option(fc.string({ unit: fc.constantFrom('a', 'ä', '"', ',', '\n', ' ', '0'), maxLength: 6 }))
const written = (value: string | null): string => (value === null ? '' : `"${value.replaceAll('"', '""')}"`)
const table = fc.array(fc.tuple(cell, cell, cell), { maxLength: 10 })
const lineEnd = fc.constantFrom('\n', '\r\n')

describe('splitting records', () => {
  test('agrees with a plain reading of RFC 4180, wherever the pieces are cut', () => {
    fc.assert(
      fc.property(table, lineEnd, fc.integer({ min: 1, max: 20 }), (rows, end, pieces) => {
        const text = rows.map((row) => row.map(written).join(',') + end).join('')
        const found = scan(text, 3, pieces)
        expect(found.map((one) => one.problem)).toEqual(rows.map(() => null))
        expect(found.flatMap((one) => reference(`${one.raw}\n`))).toEqual(reference(text))
        expect(found.every((one) => Buffer.from(text).indexOf(one.raw, one.offset) === one.offset)).toBe(true)
      }),
    )
  })

  test('loses no line of text that is corrupted anywhere, and does not depend on the pieces', () => {
    fc.assert(
      fc.property(
        table,
        fc.nat(),
        fc.constantFrom('"', ',', '\n', 'x', ''),
        fc.integer({ min: 1, max: 9 }),
        (rows, at, put, pieces) => {
          const good = rows.map((row) => `${row.map(written).join(',')}\n`).join('')
          const place = good.length === 0 ? 0 : at % good.length
          const text = good.slice(0, place) + put + good.slice(place + 1)
          const found = scan(text, 3, pieces)
          expect(found).toEqual(scan(text, 3, 1 << 20))
          expect(
            found
              .map((one) => one.raw)
              .join('\n')
              .replaceAll('\n', ''),
          ).toBe(text.replaceAll('\n', ''))
        },
      ),
    )
  })

  test('a quote that does not close costs its own line', () => {
    expect(brief(scan('a,"b\nc,d\ne,f\n', 2))).toEqual([
      [1, 'quote'],
      [2, 'c,d'],
      [3, 'e,f'],
    ])
  })

  test('a quoted field may be long, but not without end', () => {
    const text = `a,"${'x\n'.repeat(50)}",\nb,c,d\n`
    expect(scan(text, 3, 64)[0]?.problem).toBeNull()
    expect(scan(text, 3, 64)[1]?.line).toBe(52)
    const limited = scan(text, 3, 64, { maxQuotedLines: 10 })
    expect(limited[0]).toMatchObject({ line: 1, problem: 'quote: a quoted field does not close', raw: 'a,"x' })
    expect(limited.at(-1)).toMatchObject({ line: 52, raw: 'b,c,d' })
  })

  test('line ends may be mixed; a lone carriage return is text unless the file uses it', () => {
    expect(brief(scan('a,b\r\nc,d\ne,f\rg\n', 2))).toEqual([
      [1, 'a,b'],
      [2, 'c,d'],
      [3, 'e,f\rg'],
    ])
    expect(brief(scan('a,b\rc,d\r', 2))).toEqual([
      [1, 'a,b'],
      [2, 'c,d'],
    ])
  })

  test('blank lines are no records of several columns, but a value of one', () => {
    expect(brief(scan('a,b\n\nc,d\n', 2)).length).toBe(2)
    expect(brief(scan('a\n\nb\n', 1))).toEqual([
      [1, 'a'],
      [2, ''],
      [3, 'b'],
    ])
  })

  test('NUL is text; bytes that are no UTF-8 are a bad record', () => {
    expect(scan('a\0b,c\n', 2)[0]).toMatchObject({ raw: 'a\0b,c', problem: null })
    expect(brief(scan(Buffer.from([0x61, 0x2c, 0xff, 0x0a, 0x62, 0x2c, 0x63]), 2))).toEqual([
      [1, 'encoding'],
      [2, 'b,c'],
    ])
  })

  test('another escape than the quote', () => {
    expect(scan('"a\\"b\\\\",c\n', 2, 3, { escape: '\\' })[0]).toMatchObject({ raw: '"a\\"b\\\\",c', problem: null })
  })

  test('a record beyond the limit is a bad one, and the next is read', () => {
    const found = scan(`a,${'x'.repeat(5000)}\nb,c\n`, 2, 512, { maxRecordBytes: 1000 })
    expect(brief(found)).toEqual([
      [1, 'size'],
      [2, 'b,c'],
    ])
  })
})
