// Three judges of one rule (a value that its type cannot hold exactly is a reject) must agree: the bytes' looks may only
// pass what `bends` passes, and `bends` says what the SQL of the exact way says.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ColumnSpec, PrimitiveType } from '@millrace/core'
import { castText } from '../src/land/cast-sql.ts'
import { bends } from '../src/land/bend.ts'
import { bendSql } from '../src/land/bend-sql.ts'
import { scanFields } from '../src/land/field-scan.ts'
import { csvOptions } from '../src/scan/csv-options.ts'
import { literal } from '../src/sql/quote.ts'
import { Database } from '../src/worker/database.ts'

const database = new Database()
let folder = ''
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-bends-'))
  await database.use({ memoryBytes: 2 ** 28, threads: 1, spill: join(folder, 'spill') })
  database.withPlaces()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const options = csvOptions({ via: 'raw', format: 'csv', columns: {}, files: [], options: {} })

/** Of each text what the exact way says: null where it does not convert. */
async function judged(texts: readonly string[], spec: ColumnSpec): Promise<readonly (boolean | null)[]> {
  const value = castText('t', spec, options)
  const bend = bendSql('t', value, spec.type, options) ?? 'false'
  const list = texts.map((text, i) => `(${i}, ${literal(text)})`).join(', ')
  const rows = await database.rows(
    `SELECT CASE WHEN ${value} IS NULL THEN NULL ELSE coalesce(${bend}, false) END AS bent FROM (VALUES ${list}) AS v(i, t) ORDER BY i`,
  )
  return rows.map((row) => (typeof row['bent'] === 'boolean' ? row['bent'] : null))
}

const digits = (most: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom('0', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9'),
    minLength: 0,
    maxLength: most,
  })
const one = fc.constantFrom
const joined = (...parts: readonly fc.Arbitrary<string>[]): fc.Arbitrary<string> =>
  fc.tuple(...parts).map((all) => all.join(''))
const space = one('', '', '', ' ')

const numbers = joined(
  space,
  one('', '', '-', '+'),
  digits(6),
  one('', '.', '.'),
  digits(5),
  one('', '0', '000000000'),
  one('', '', 'e', 'E-', 'e+'),
  one('', '1', '2', '03', '5', '38', '39', '308', '400'),
  space,
)
const two = (limit: number): fc.Arbitrary<string> => fc.nat(limit).map((n) => `${n}`.padStart(2, '0'))
const dates = joined(
  one('', '', ' '),
  fc.integer({ min: 1700, max: 2200 }).map(String),
  one('-', '-', '/'),
  one('1', '02', '12', '13'),
  one('-', '-', '/'),
  one('1', '28', '31', '32'),
)
const clocks = joined(
  two(25),
  one(':'),
  two(61),
  one(':', ''),
  two(61),
  one('', '.', '.'),
  digits(11),
  one('', '0', '000'),
)
const zones = one('', '', '', 'Z', ' UTC', '+00', '+00:00', '-02', '+02:30', ' Europe/Berlin', 'x', ' ', '+0200')
const moments = joined(
  dates,
  one(' ', 'T', '', '  '),
  fc.oneof(clocks, one('', '00:00', '00:00:00', '00:00:00.0')),
  zones,
)
const words = one(
  'infinity',
  '-infinity',
  'epoch',
  'nan',
  'inf',
  '-Inf',
  'x',
  '0x1F',
  '0x1e',
  '1_000',
  '1_0.5_5',
  '24:00:00',
  'e',
)
const texts = fc.oneof(numbers, joined(numbers, numbers), dates, moments, joined(clocks, zones), words)

const types: readonly PrimitiveType[] = [
  ...(['int8', 'int32', 'int64', 'uint64', 'decimal(5,2)', 'decimal(38,0)', 'float32', 'float64'] as const),
  ...(['date', 'time', 'timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns', 'boolean', 'uuid'] as const),
]

describe('judges of bent values agree', () => {
  test.each(types)('%s', async (type) => {
    // Thousands of texts in one query; what differs is said by itself, so nothing needs to be shrunk.
    const all = fc.sample(texts, 4000)
    const exact = await judged(all, { type })
    const differing = all.flatMap((text, i) => {
      const said = exact[i]
      return said === null || said === undefined || said === bends(text, type) ? [] : [[text, said]]
    })
    expect(differing).toEqual([])
  })

  test.each(types)('the looks of %s pass nothing that is bent', async (type) => {
    const path = join(folder, 'a.csv')
    await fc.assert(
      fc.asyncProperty(texts, fc.boolean(), one('\n', '\r\n', ''), async (text, quoted, end) => {
        const field = quoted ? `"${text}"` : text
        writeFileSync(path, `a,b,c\n1,${field},${field}${end}`)
        const [bent] = await judged([text], { type })
        const found = await scanFields(path, [null, { type }, { type }], options)
        expect({ ...found, bent: null }).toEqual({ records: 1, overlong: false, odd: false, bent: null })
        expect(found.bent.length > 0 || bent !== true).toBe(true)
      }),
      { numRuns: 60 },
    )
  })
})
