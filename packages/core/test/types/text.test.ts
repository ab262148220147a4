import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type DataType, parseType, plainTypes, printType } from '../../src/index.ts'

const leaf = fc.oneof(
  fc.constantFrom<DataType>(...plainTypes),
  fc
    .tuple(fc.integer({ min: 1, max: 38 }), fc.nat({ max: 38 }))
    .map(([width, scale]): DataType => `decimal(${width},${Math.min(scale, width)})`),
  fc.integer({ min: 1, max: 64 }).map((length): DataType => `fixed(${length})`),
)

const required = fc.constantFrom<{ required?: true }>({}, { required: true })

const type = fc.letrec<{ any: DataType }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.tuple(tie('any'), required).map(([list, more]): DataType => ({ list, ...more })),
    fc.tuple(leaf, tie('any'), required).map(([key, value, more]): DataType => ({ map: [key, value], ...more })),
    fc
      .uniqueArray(
        fc.tuple(
          fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== '__proto__'),
          tie('any'),
          required,
        ),
        {
          selector: ([name]) => name,
          minLength: 1,
          maxLength: 3,
        },
      )
      .map((fields): DataType => ({
        struct: Object.fromEntries(fields.map(([name, of, more]) => [name, { type: of, ...more }])),
      })),
  ),
})).any

test('a printed type reads back as itself', () => {
  fc.assert(
    fc.property(type, (one) => {
      expect(parseType(printType(one))).toEqual(one)
    }),
  )
})

test.each<[string, DataType]>([
  ['int64', 'int64'],
  [' decimal( 12 , 2 ) ', 'decimal(12,2)'],
  ['list<int32>', { list: 'int32' }],
  ['list<int32 required>', { list: 'int32', required: true }],
  ['map<string,int64>', { map: ['string', 'int64'] }],
  [
    'struct<a: int32, "b c": list<string> required>',
    { struct: { a: { type: 'int32' }, 'b c': { type: { list: 'string' }, required: true } } },
  ],
])('%s is a type', (text, want) => {
  expect(parseType(text)).toEqual(want)
})

test.each([
  '',
  'integer',
  'INT64',
  'decimal',
  'decimal(39,0)',
  'decimal(4,5)',
  'list',
  'list<>',
  'list<int32',
  'map<string>',
  'struct<a int32>',
  'struct<a: int32, a: int32>',
  'int64 x',
  'fixed(0)',
  'toString',
])('%j is no type', (text) => {
  expect(parseType(text)).toBeNull()
})
