import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Field } from '@millrace/core'
import { fileName } from '../src/sql/field-type.ts'
import { minimalBytes, murmur3 } from '../src/write/hash.ts'
import { columnStats, leavesOf, neutralBound } from '../src/write/stats.ts'
import { readStruct, type Struct, writeStruct } from '../src/write/thrift.ts'
import { partitionSql } from '../src/write/transform.ts'

const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8')
const littleEndian = (value: bigint): Uint8Array => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

describe('the hash of Iceberg buckets', () => {
  test('gives the values of the Iceberg specification', () => {
    expect(murmur3(littleEndian(34n))).toBe(2_017_239_379)
    expect(murmur3(utf8('iceberg'))).toBe(1_210_000_089)
    expect(murmur3(minimalBytes(1420n))).toBe(-500_754_589)
    expect(murmur3(littleEndian(17_486n))).toBe(-653_330_422)
    expect(murmur3(littleEndian(81_068_000_000n))).toBe(-662_762_989)
    expect(murmur3(littleEndian(1_510_871_468_000_000n))).toBe(-2_047_944_441)
    expect(murmur3(Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex'))).toBe(1_488_055_340)
    expect(murmur3(Uint8Array.of(0, 1, 2, 3))).toBe(-188_683_207)
  })

  test('takes the fewest bytes of a decimal', () => {
    expect([...minimalBytes(0n)]).toEqual([0])
    expect([...minimalBytes(-1n)]).toEqual([255])
    expect([...minimalBytes(128n)]).toEqual([0, 128])
    expect([...minimalBytes(-129n)]).toEqual([255, 127])
  })
})

// A project that asks for one of these is refused before; a table of another program may have any.
test.each([
  ['day', 'string', 'day'],
  [{ bucket: 16 }, 'boolean', 'bucket[16]'],
  [{ truncate: 4 }, 'float64', 'truncate[4]'],
] as const)('a partition by %j of a %s is refused by name', (transform, type, said) => {
  const source: Field = { id: 1, name: 'it', required: false, type }
  const error = { code: 'engine/transform-impossible', params: { column: 'it', transform: said, type } }
  const write = (): string => partitionSql('"it"', source, { id: 1000, name: 'it', source: 1, transform })
  expect(write).toThrow(expect.objectContaining({ issues: [error] }))
})

describe('bounds', () => {
  test('of zero hold both zeros', () => {
    expect(Object.is(neutralBound('float64', '0.0', 'min'), -0)).toBe(true)
    expect(Object.is(neutralBound('float64', '-0.0', 'max'), 0)).toBe(true)
  })

  test('of long text are cut to 16 characters and still hold', () => {
    expect(neutralBound('string', 'ä'.repeat(20), 'min')).toBe('ä'.repeat(16))
    expect(neutralBound('string', 'ä'.repeat(20), 'max')).toBe(`${'ä'.repeat(15)}å`)
    expect(neutralBound('string', `${'a'.repeat(15)}\u{10FFFF}z`, 'max')).toBe(`${'a'.repeat(14)}b`)
    expect(neutralBound('string', '\u{10FFFF}'.repeat(17), 'max')).toBeNull()
    expect(neutralBound('string', `${'a'.repeat(15)}\uD7FFz`, 'max')).toBe(`${'a'.repeat(15)}\uE000`)
    expect(neutralBound('binary', 'ff'.repeat(17), 'max')).toBeNull()
  })

  test('are left out where there are none: infinity, not a number, nested', () => {
    expect(neutralBound('date', 'infinity', 'max')).toBeNull()
    expect(neutralBound('float64', 'nan', 'max')).toBeNull()
    expect(neutralBound({ list: { id: 1, name: 'element', required: false, type: 'string' } }, 'a', 'min')).toBeNull()
  })

  test('go to the leaf that a quoted path names', () => {
    const leaf: Field = { id: 7, name: 'b"c', required: false, type: 'int64' }
    const fields: readonly Field[] = [{ id: 1, name: 'a.b', required: false, type: { struct: [leaf] } }]
    const said = new Map([
      [
        '"a_x2Eb"."b_x22c"',
        new Map([
          ['min', '1'],
          ['max', '2'],
          ['null_count', '3'],
        ]),
      ],
    ])
    expect(columnStats(leavesOf(fields), said)).toEqual({ 7: { nulls: 3, min: 1n, max: 2n } })
  })
})

test('names in files are what Iceberg makes of them', () => {
  expect(['a', '9x', 'a b', 'ä', '_a1', '-'].map(fileName)).toEqual(['a', '_9x', 'a_x20b', '_xE4', '_a1', '_x2D'])
})

test('thrift structs are written as they were read', () => {
  const scalar = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({ kind: 6, value })),
    fc.uint8Array({ maxLength: 20 }).map((value) => ({ kind: 8, value })),
    fc.boolean().map((value) => ({ kind: value ? 1 : 2, value })),
    fc
      .array(fc.bigInt({ min: -9n, max: 99n }), { maxLength: 20 })
      .map((items) => ({ kind: 9, value: { kind: 5, items } })),
  )
  const struct = fc
    .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 300 }), scalar), { selector: ([id]) => id, maxLength: 12 })
    .map((fields): Struct => fields.toSorted(([a], [b]) => a - b).map(([id, one]) => ({ id, ...one })))
  fc.assert(
    fc.property(struct, (fields) => {
      const nested: Struct = [{ id: 1, kind: 12, value: fields }]
      expect(readStruct(writeStruct(nested))).toEqual(nested)
    }),
  )
})
