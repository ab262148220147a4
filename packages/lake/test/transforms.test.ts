import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { daysOf, dateOf, parseMoment, printTimestamp } from '../src/iceberg/calendar.ts'
import { murmur3 } from '../src/iceberg/murmur3.ts'
import { parsePartition, parseTransform, partitionName, printTransform } from '../src/iceberg/transform.ts'
import { applyTransform, keepsOrder } from '../src/iceberg/transform-value.ts'
import { compareStored, type Stored, toStored } from '../src/iceberg/value.ts'
import { encode } from '../src/iceberg/bounds.ts'

test("hashes are those of the specification's table", () => {
  const long = (value: bigint): number => murmur3(encode('int64', value))
  expect(long(34n)).toBe(2_017_239_379)
  expect(murmur3(encode('decimal(9,2)', 1420n))).toBe(-500_754_589)
  expect(long(toStored('date', '2017-11-16') as bigint)).toBe(-653_330_422)
  expect(long(toStored('time', '22:31:08') as bigint)).toBe(-662_762_989)
  expect(long(toStored('timestamp', '2017-11-16T22:31:08') as bigint)).toBe(-2_047_944_441)
  expect(long(toStored('timestamp', '2017-11-16T22:31:08.000001') as bigint)).toBe(-1_207_196_810)
  expect(long(toStored('timestamptz', '2017-11-16T14:31:08-08:00') as bigint)).toBe(-2_047_944_441)
  expect(murmur3(Buffer.from('iceberg'))).toBe(1_210_000_089)
  expect(murmur3(encode('uuid', toStored('uuid', 'f79c3e09-677c-4bbd-a479-3f349cb785e7')!))).toBe(1_488_055_340)
  expect(murmur3(Uint8Array.of(0, 1, 2, 3))).toBe(-188_683_207)
})

test('P13: whole numbers of either width and dates share the hash of 64 bits', () => {
  expect(applyTransform({ bucket: 16 }, 'int32', 34n)).toBe(BigInt(2_017_239_379 % 16))
  expect(applyTransform({ bucket: 16 }, 'int64', 34n)).toBe(BigInt(2_017_239_379 % 16))
})

test('years, months, days and hours count from the epoch, below it too', () => {
  const at = (text: string): bigint => parseMoment(text) ?? 0n
  expect(applyTransform('year', 'timestamp', at('2017-11-16 22:31:08'))).toBe(47n)
  expect(applyTransform('month', 'timestamp', at('2017-11-16 22:31:08'))).toBe(574n)
  expect(applyTransform('day', 'timestamp', at('2017-11-16 22:31:08'))).toBe(17_486n)
  expect(applyTransform('hour', 'timestamp', at('2017-11-16 22:31:08'))).toBe(419_686n)
  const before = at('1969-12-31 23:59:59.999999')
  expect(
    ['year', 'month', 'day', 'hour'].map((one) => applyTransform(parseTransform(one)!, 'timestamp', before)),
  ).toEqual([-1n, -1n, -1n, -1n])
})

test('truncation goes down for numbers and counts code points in texts', () => {
  expect(applyTransform({ truncate: 10 }, 'int32', 1n)).toBe(0n)
  expect(applyTransform({ truncate: 10 }, 'int32', -1n)).toBe(-10n)
  expect(applyTransform({ truncate: 50 }, 'decimal(9,2)', 1065n)).toBe(1050n)
  expect(applyTransform({ truncate: 3 }, 'string', 'a😀bcd')).toBe('a😀b')
})

test('greater values have greater or equal results, which pruning by ranges relies on', () => {
  const transforms = ['year', 'month', 'day', 'hour', { truncate: 7 }] as const
  const micros = fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n })
  fc.assert(
    fc.property(fc.constantFrom(...transforms), micros, micros, (transform, one, other) => {
      const [low, high] = one < other ? [one, other] : [other, one]
      const results: [Stored, Stored] = [
        applyTransform(transform, 'timestamp', low),
        applyTransform(transform, 'timestamp', high),
      ]
      expect(keepsOrder(transform)).toBe(true)
      expect(compareStored(...results)).toBeLessThanOrEqual(0)
    }),
  )
})

test('days and dates are each other, far beyond what Date can express', () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000_000, max: 2_000_000_000 }), (days) => {
      const { year, month, day } = dateOf(days)
      expect(daysOf(year, month, day)).toBe(days)
    }),
  )
})

test('timestamps are printed so that they are read as the same moment', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), (micros) => {
      expect(parseMoment(printTimestamp(micros))).toBe(micros)
    }),
  )
  expect(printTimestamp(-1n)).toBe('1969-12-31 23:59:59.999999')
  expect(parseMoment('0044-03-15 (BC) 10:00:00')).toBe(
    parseMoment(printTimestamp(parseMoment('0044-03-15 (BC) 10:00:00')!)),
  )
  expect(parseMoment('infinity')).toBeNull()
})

test('partitions are written as functions of columns', () => {
  expect(parsePartition('a.b', 'bucket(16, order_id)')).toEqual({ column: 'order_id', transform: { bucket: 16 } })
  expect(parsePartition('a.b', ' day( "ordered at" ) ')).toEqual({ column: 'ordered at', transform: 'day' })
  expect(parsePartition('a.b', 'country')).toEqual({ column: 'country', transform: 'identity' })
  expect(() => parsePartition('a.b', 'week(x)')).toThrow('lake/bad-partition')
  expect(() => parsePartition('a.b', 'bucket(0, x)')).toThrow('lake/bad-partition')
  expect(partitionName('x', { truncate: 4 })).toBe('x_trunc_4')
  expect(parseTransform(printTransform({ bucket: 9 }))).toEqual({ bucket: 9 })
  expect(parseTransform('void')).toBeNull()
})
