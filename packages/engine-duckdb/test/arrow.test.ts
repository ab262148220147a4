import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Columns, DataType } from '@millrace/core'
import { batchOf, readStream, rowsOf, ValueError } from '../src/index.ts'
import { decimalText, parseDecimal } from '../src/arrow/decimal.ts'
import { dateText, parseDate, parseTime, parseTimestamp, timestampText, timeText } from '../src/temporal.ts'

const int = (bits: number): fc.Arbitrary<number> => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
const micros = fc.bigInt({ min: -62_135_596_800_000_000n, max: 253_402_300_799_999_999n })

/** A value of each type, as a user of TypeScript gives it. */
const values: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  boolean: fc.boolean(),
  int8: int(8),
  int16: int(16),
  int32: int(32),
  int64: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  uint64: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  float32: fc.float(),
  float64: fc.double(),
  string: fc.string({ unit: 'binary', maxLength: 40 }),
  binary: fc.uint8Array({ maxLength: 40 }),
  'fixed(4)': fc.uint8Array({ minLength: 4, maxLength: 4 }),
  uuid: fc.uuid(),
  json: fc.oneof(fc.integer(), fc.string(), fc.array(fc.boolean()), fc.dictionary(fc.string(), fc.integer())),
  date: fc.integer({ min: -719_162, max: 2_932_896 }).map(dateText),
  time: fc.bigInt({ min: 0n, max: 86_399_999_999n }).map(timeText),
  timestamp: micros.map((value) => timestampText(value, 6, false)),
  timestamptz: micros.map((value) => timestampText(value, 6, true)),
  timestamp_ns: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }).map((value) => timestampText(value, 9, false)),
  'decimal(4,1)': fc.integer({ min: -9999, max: 9999 }).map((value) => decimalText(BigInt(value), 1)),
  'decimal(38,10)': fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n }).map((value) => decimalText(value, 10)),
}

function valueOf(type: DataType): fc.Arbitrary<unknown> {
  if (typeof type === 'string') return fc.option(values[type] ?? fc.constant(null))
  if ('list' in type) return fc.option(fc.array(valueOf(type.list), { maxLength: 4 }))
  if ('map' in type) {
    const entry = fc.tuple(fc.string({ maxLength: 5 }), valueOf(type.map[1]))
    return fc.option(fc.array(entry, { maxLength: 3 }).map((entries) => new Map(entries)))
  }
  return fc.option(
    fc.record(Object.fromEntries(Object.entries(type.struct).map(([name, one]) => [name, valueOf(one.type)]))),
  )
}

const plain = fc.constantFrom(...Object.keys(values)) as fc.Arbitrary<DataType>
const nested = fc.oneof(
  plain,
  plain.map((list): DataType => ({ list })),
  plain.map((value): DataType => ({ map: ['string', value] })),
  fc.tuple(plain, plain).map(([a, b]): DataType => ({ struct: { a: { type: a }, b: { type: { list: b } } } })),
)

function caught(work: () => unknown): unknown {
  try {
    work()
    return null
  } catch (error) {
    return error
  }
}

describe('Arrow batches', () => {
  test('give back every value of every type, nested ones too', () => {
    const tables = fc
      .array(nested, { minLength: 1, maxLength: 4 })
      .map((types): Columns => Object.fromEntries(types.map((type, i) => [`c${i}`, { type }])))
      .chain((columns) => {
        const row = fc.record(
          Object.fromEntries(Object.entries(columns).map(([name, spec]) => [name, valueOf(spec.type)])),
        )
        return fc.tuple(fc.constant(columns), fc.array(row, { maxLength: 12 }))
      })
    fc.assert(
      fc.property(tables, ([columns, rows]) => {
        const batch = batchOf(columns, rows)
        expect(readStream(batch.arrow).columns).toEqual(columns)
        expect(rowsOf(batch)).toEqual(rows)
      }),
      { numRuns: 200 },
    )
  })

  test('a column may have any name', () => {
    const columns: Columns = Object.fromEntries(
      ['__proto__', 'constructor', ''].map((name) => [name, { type: 'string' }]),
    )
    const row = Object.fromEntries([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['', 'c'],
    ])
    expect(Object.entries(rowsOf(batchOf(columns, [row]))[0] ?? {})).toEqual(Object.entries(row))
  })

  test('round a float, and keep one that is infinite', () => {
    const rows = [{ v: 0.1 }, { v: Infinity }, { v: -Infinity }, { v: null }]
    const kept = rowsOf(batchOf({ v: { type: 'float32' } }, rows)).map((row) => row['v'])
    expect(kept).toEqual([Math.fround(0.1), Infinity, -Infinity, null])
  })

  test('refuse what does not fit a type, naming the column', () => {
    expect(() => batchOf({ n: { type: 'int8' } }, [{ n: 128 }])).toThrow('a value of column n: 128 does not fit 8 bits')
    expect(() => batchOf({ n: { type: 'decimal(4,2)' } }, [{ n: '1.234' }])).toThrow('does not fit a decimal with 2')
    expect(() => batchOf({ n: { type: 'decimal(4,2)' } }, [{ n: '123.45' }])).toThrow('does not fit 4 digits')
    expect(() => batchOf({ d: { type: 'date' } }, [{ d: 'soon' }])).toThrow('"soon" is not a date')
    expect(() => batchOf({ l: { type: { list: 'string' } } }, [{ l: 'x' }])).toThrow('is not a list')
  })

  test.each([
    ['date', 'soon', '"soon"', 'is not a date'],
    ['date', new Date(Number.NaN), 'an invalid Date', 'is no moment'],
    ['int64', 1.5, '1.5', 'is not a whole number'],
    ['boolean', 'yes', '"yes"', 'is not true or false'],
    ['string', { a: 1n }, '{"a":"1"}', 'is not text'],
    ['binary', () => 1, 'a function', 'is not bytes'],
    ['float32', 1e300, '1e+300', 'does not fit a float of 32 bits'],
    ['float32', -3.5e38, '-3.5e+38', 'does not fit a float of 32 bits'],
    ['float64', 10n ** 400n, `${10n ** 400n}`, 'does not fit a float of 64 bits'],
    ['time', '24:00:00', '"24:00:00"', 'is not a time of day; the last one is 23:59:59.999999'],
    ['date', '+9999999-01-01', '"+9999999-01-01"', 'does not fit 32 bits of days'],
    ['timestamp', '+9999999-01-01', '"+9999999-01-01"', 'does not fit 64 bits of microseconds'],
    ['timestamp_ns', '2500-01-01', '"2500-01-01"', 'does not fit 64 bits of nanoseconds'],
    [{ list: 'date' }, ['2026-02-31'], '["2026-02-31"]', '"2026-02-31" is not a date'],
  ] as const)('tell the row and the value: %o of %o', (type, value, shown, problem) => {
    const rows = [{ v: null }, { v: value }, { v: value }]
    const error = caught(() => batchOf({ v: { type } }, rows))
    expect(error).toBeInstanceOf(ValueError)
    expect(error).toMatchObject({ row: 1, column: 'v', value: shown, problem })
  })
})

describe('dates and times as text', () => {
  test('agree with the calendar of the language', () => {
    fc.assert(
      fc.property(fc.integer({ min: -719_162, max: 2_932_896 }), (days) => {
        const text = new Date(days * 86_400_000).toISOString().slice(0, 10)
        expect(dateText(days)).toBe(text)
        expect(parseDate(text)).toBe(days)
      }),
    )
  })

  test('tell every day that DuckDB has, years of seven digits too', () => {
    const most = 2_147_483_646
    fc.assert(
      fc.property(fc.integer({ min: -most, max: most }), (days) => {
        expect(parseDate(dateText(days))).toBe(days)
      }),
      { examples: [[most], [-most]] },
    )
    expect(parseDate('1202026-01-31')).toBe(parseDate('+1202026-01-31'))
  })

  test('read what DuckDB prints: zones, years before Christ, infinity', () => {
    expect(parseTimestamp('2026-01-01 10:00:00+02', 6)).toBe(parseTimestamp('2026-01-01T08:00:00Z', 6))
    expect(parseTimestamp('2026-01-01 10:00:00-03:30', 6)).toBe(parseTimestamp('2026-01-01T13:30:00', 6))
    expect(dateText(parseDate('0044-03-15 (BC)'))).toBe('-000043-03-15')
    expect(timestampText(parseTimestamp('infinity', 6), 6, false)).toBe('infinity')
    expect(timestampText(-1n, 6, false)).toBe('1969-12-31T23:59:59.999999')
    expect(parseTime('23:59:59.5')).toBe(86_399_500_000n)
  })

  test('refuse other text', () => {
    for (const text of ['', '2026', '2026-01-01 10', '2026-01-01T10:00:00 Berlin'])
      expect(() => parseTimestamp(text, 6)).toThrow('is not a timestamp')
  })

  test('refuse what no calendar and no clock has, instead of going on to the next month or hour', () => {
    for (const text of [
      '2026-02-31',
      '2025-02-29',
      '1900-02-29',
      '2026-13-01',
      '2026-00-10',
      '2026-01-00',
      '2026-04-31',
    ])
      expect(() => parseDate(text)).toThrow(`"${text}" is not a date`)
    for (const text of ['25:61:00', '10:60:00', '10:00:60', '24:00:01', '10:00:00.1234567'])
      expect(() => parseTime(text)).toThrow(`"${text}" is not a time`)
    for (const text of [
      '2026-13-45T25:00:00',
      '2026-01-01T25:00',
      '2026-01-01T10:00+16',
      '2026-01-01x10:00',
      '2026-02-30',
    ])
      expect(() => parseTimestamp(text, 6)).toThrow(`"${text}" is not a timestamp`)
    expect(dateText(parseDate('2024-02-29'))).toBe('2024-02-29')
    expect(timeText(parseTime('24:00:00.000000000'))).toBe('24:00:00')
    expect(parseTimestamp('2026-12-31T24:00', 6)).toBe(parseTimestamp('2027-01-01', 6))
  })
})

test('decimals keep every digit', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }),
      fc.integer({ min: 0, max: 38 }),
      (unscaled, scale) => {
        expect(parseDecimal(decimalText(unscaled, scale), scale)).toBe(unscaled)
      },
    ),
  )
})
