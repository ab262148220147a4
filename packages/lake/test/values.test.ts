import type { PrimitiveType } from '@millrace/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, encode, lowerBound, upperBound } from '../src/iceberg/bounds.ts'
import { parseJson, printJson } from '../src/iceberg/json.ts'
import { avroName } from '../src/iceberg/manifest-schema.ts'
import { compareStored, type Stored, toNeutral, toStored } from '../src/iceberg/value.ts'

const values: readonly (readonly [PrimitiveType, fc.Arbitrary<Stored>])[] = [
  ['boolean', fc.boolean()],
  ['int32', fc.integer().map(BigInt)],
  ['int64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
  ['float32', fc.float({ noNaN: true })],
  ['float64', fc.double({ noNaN: true })],
  ['decimal(38,4)', fc.bigInt({ min: -(10n ** 38n) + 1n, max: 10n ** 38n - 1n })],
  ['string', fc.string({ unit: 'grapheme' })],
  ['binary', fc.uint8Array().map((bytes) => Buffer.from(bytes))],
  ['uuid', fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes))],
  ['date', fc.integer({ min: -700_000, max: 2_000_000 }).map(BigInt)],
  ['time', fc.bigInt({ min: 0n, max: 86_399_999_999n })],
  ['timestamp', fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n })],
  ['timestamptz', fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n })],
]
const typed = fc.constantFrom(...values).chain(([type, value]) => fc.tuple(fc.constant(type), value))

test('a value survives its binary form and its neutral form', () => {
  fc.assert(
    fc.property(typed, ([type, value]) => {
      expect(decode(type, encode(type, value))).toEqual(value)
      expect(toStored(type, toNeutral(type, value))).toEqual(value)
    }),
    { numRuns: 500 },
  )
})

test('P8: bounds enclose their value, however long it is and wherever it is cut', () => {
  const long = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => text.isWellFormed())
  fc.assert(
    fc.property(long, (value) => {
      const [lower, upper] = [lowerBound('string', value), upperBound('string', value)]
      expect(compareStored(decode('string', lower ?? new Uint8Array()) ?? '', value)).toBeLessThanOrEqual(0)
      const high = upper === null ? value : (decode('string', upper) ?? '')
      expect(compareStored(high, value)).toBeGreaterThanOrEqual(0)
    }),
  )
})

test('P8: a cut upper bound is raised over whole code points, past the surrogates, or is left out', () => {
  const upper = (text: string): string | null => {
    const bytes = upperBound('string', text)
    return bytes === null ? null : Buffer.from(bytes).toString('utf8')
  }
  expect(upper('abcdefghijklmnopq')).toBe('abcdefghijklmnoq')
  expect(upper(`${'a'.repeat(15)}\ud7ff${'z'.repeat(9)}`)).toBe(`${'a'.repeat(15)}\ue000`)
  expect(upper(`${'a'.repeat(15)}\u{10ffff}z`)).toBe(`${'a'.repeat(14)}b`)
  expect(upper('\u{10ffff}'.repeat(17))).toBeNull()
  expect(upper('😀'.repeat(16))).toBe('😀'.repeat(16))
  expect(upperBound('binary', Buffer.alloc(17, 0xff))).toBeNull()
  expect(upperBound('binary', Buffer.alloc(17, 1))).toEqual(Uint8Array.of(...Array<number>(15).fill(1), 2))
})

test('P8: zero is -0.0 as a lower and +0.0 as an upper bound; NaN is none', () => {
  for (const zero of [0, -0]) {
    expect(Object.is(decode('float64', lowerBound('float64', zero)!), -0)).toBe(true)
    expect(Object.is(decode('float64', upperBound('float64', zero)!), 0)).toBe(true)
  }
  expect(toStored('float64', Number.NaN)).toBeNull()
  expect(toStored('float64', 'nan')).toBeNull()
  expect(toStored('float64', 'inf')).toBe(Infinity)
})

test('P7: statistics come as text, with infinite dates that are no bound', () => {
  expect(toStored('date', 'infinity')).toBeNull()
  expect(toStored('timestamp', '-infinity')).toBeNull()
  expect(toStored('boolean', '1')).toBe(true)
  expect(toStored('date', '0044-03-15 (BC)')).toBe(
    toStored('date', toNeutral('date', toStored('date', '0044-03-15 (BC)')!)),
  )
  expect(toStored('binary', '00FF')).toEqual(Buffer.from([0, 255]))
  expect(toStored('decimal(9,2)', '-0.05')).toBe(-5n)
  expect(toStored('decimal(9,2)', '1.005')).toBeNull()
})

test('a bound that was written before its column was widened is read in its own width', () => {
  expect(decode('int64', encode('int32', -7n))).toBe(-7n)
  expect(decode('float64', encode('float32', 1.5))).toBe(1.5)
})

test('text is ordered by its bytes, not by UTF-16', () => {
  expect(compareStored('\u{ffff}', '\u{10000}')).toBe(-1)
})

test('P5: ids of 63 bits survive JSON, and small ones are bigints too', () => {
  const text = '{"snapshot-id":7234567890123456789,"parent-snapshot-id":5,"n":1,"big":9007199254740993,"f":1.5}'
  const parsed = parseJson(text)
  expect(parsed).toEqual({
    'snapshot-id': 7_234_567_890_123_456_789n,
    'parent-snapshot-id': 5n,
    n: 1,
    big: 9_007_199_254_740_993n,
    f: 1.5,
  })
  expect(printJson(parsed)).toBe(text)
})

test('P10: names become what Avro and Iceberg allow', () => {
  expect(avroName('a b')).toBe('a_x20b')
  expect(avroName('9lives')).toBe('_9lives')
  expect(avroName('é')).toBe('_xE9')
  expect(avroName('a😀')).toBe('a_x1F600')
})
