import { type DataType, plainTypes } from '@millrace/core'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { openScratch } from '../src/bind/scratch.ts'
import { fromDuckType, toDuckType } from '../src/types.ts'

const scratch = await openScratch()

/** Types that DuckDB tells apart: fixed bytes, variants and zoned nanoseconds come back as their nearest kin. */
const leaf = fc.constantFrom<DataType>(
  ...plainTypes.filter((one) => one !== 'timestamptz_ns' && one !== 'variant'),
  'decimal(38,0)',
  'decimal(5,5)',
)

const type = fc.letrec<{ any: DataType }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    tie('any').map((list): DataType => ({ list })),
    fc.tuple(fc.constantFrom<DataType>('string', 'int32'), tie('any')).map((map): DataType => ({ map })),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom('a', 'B c', 'd"e', 'f,(g)', "h'i"), tie('any')), {
        selector: ([name]) => name,
        minLength: 1,
        maxLength: 3,
      })
      .map((fields): DataType => ({ struct: Object.fromEntries(fields.map(([name, of]) => [name, { type: of }])) })),
  ),
})).any

test('a type written for DuckDB reads back as itself', () => {
  fc.assert(
    fc.property(type, (one) => {
      expect(fromDuckType(toDuckType(one))).toEqual(one)
    }),
  )
})

test('DuckDB knows every type by the name it is given, and says it back', async () => {
  for (const one of fc.sample(type, { numRuns: 40, seed: 7 })) {
    const [said] = await scratch.column(`select typeof(null::${toDuckType(one)})`)
    expect(fromDuckType(said ?? '')).toEqual(one)
  }
})

test.each([
  ['HUGEINT', 'decimal(38,0)'],
  ['UTINYINT', 'int16'],
  ['UINTEGER', 'int64'],
  ['TIMESTAMP_S', 'timestamp'],
  ["ENUM('a', 'b,c')", 'string'],
  ['INTEGER[3]', { list: 'int32' }],
  ['INTERVAL', null],
  ['STRUCT(a BIT)', null],
  ['UNION("a" INTEGER)', null],
])('%s is stored as %j', (text, want) => {
  expect(fromDuckType(text)).toEqual(want)
})
