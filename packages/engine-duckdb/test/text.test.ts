import { describe, expect, test } from 'vitest'
import type { Columns, DataType } from '@millrace/core'
import { batchOf, cellTexts, csvCell, csvTexts, jsonTexts } from '../src/index.ts'

/** A value as it stands in a cell and in JSON. */
function texts(type: DataType, value: unknown): readonly [cell: string | null | undefined, json: string | undefined] {
  const batch = batchOf({ v: { type } }, [{ v: value }])
  const [json = ''] = jsonTexts(batch, ['v'])
  return [cellTexts(batch, ['v'])[0]?.[0], json.slice('{"v":'.length, -1)]
}

const cases: readonly (readonly [DataType, value: unknown, cell: string | null, json: string])[] = [
  ['int64', 9_007_199_254_740_991n, '9007199254740991', '9007199254740991'],
  ['int64', -9_007_199_254_740_993n, '-9007199254740993', '"-9007199254740993"'],
  ['uint64', 18_446_744_073_709_551_615n, '18446744073709551615', '"18446744073709551615"'],
  ['decimal(5,2)', '1.5', '1.50', '"1.50"'],
  ['decimal(38,0)', 9_007_199_254_740_993n, '9007199254740993', '"9007199254740993"'],
  ['float64', Number.NaN, 'NaN', '"NaN"'],
  ['float64', Number.POSITIVE_INFINITY, 'Infinity', '"Infinity"'],
  ['float64', Number.NEGATIVE_INFINITY, '-Infinity', '"-Infinity"'],
  ['float64', -0, '-0', '-0'],
  ['float64', 1e300, '1e+300', '1e+300'],
  ['float32', 0.1, '0.1', '0.1'],
  ['float32', -0, '-0', '-0'],
  ['float32', 16_777_217, '16777216', '16777216'],
  ['float32', Number.NaN, 'NaN', '"NaN"'],
  ['boolean', false, 'false', 'false'],
  ['timestamptz', '2026-01-01T10:00:00+02:00', '2026-01-01T08:00:00Z', '"2026-01-01T08:00:00Z"'],
  ['binary', Uint8Array.of(0, 0xab), '00ab', '"00ab"'],
  [
    'uuid',
    '0a1b2c3d-0000-4000-8000-00000000000f',
    '0a1b2c3d-0000-4000-8000-00000000000f',
    '"0a1b2c3d-0000-4000-8000-00000000000f"',
  ],
  ['string', 'a "b"\n', 'a "b"\n', String.raw`"a \"b\"\n"`],
  ['string', null, null, 'null'],
  ['json', { a: [1, ' "x" '] }, String.raw`{"a":[1," \"x\" "]}`, String.raw`{"a":[1," \"x\" "]}`],
  ['json', 'text', '"text"', '"text"'],
  ['json', 'null', '"null"', '"null"'],
  ['json', '1', '"1"', '"1"'],
  ['json', 1, '1', '1'],
  ['json', null, null, 'null'],
  [{ list: 'float64' }, [1, null, Number.NaN], '[1,null,"NaN"]', '[1,null,"NaN"]'],
  [
    { struct: { b: { type: 'int64' }, a: { type: 'date' } } },
    { b: 1n, a: '2026-01-31' },
    '{"b":1,"a":"2026-01-31"}',
    '{"b":1,"a":"2026-01-31"}',
  ],
  [
    { map: ['int64', 'string'] },
    new Map([
      [10n, 'x'],
      [2n, null],
    ]),
    '{"10":"x","2":null}',
    '{"10":"x","2":null}',
  ],
]

describe('rows as text', () => {
  test('whole numbers and decimals of every size have all their digits', () => {
    const sizes = [0n, 1n, 99n, 2n ** 31n, 2n ** 32n, 2n ** 52n, 2n ** 53n, 2n ** 62n, 2n ** 63n, 2n ** 64n, 10n ** 37n]
    const near = sizes.flatMap((size) => [-1n, 0n, 1n].map((step) => size + step))
    const all = near.flatMap((one) => [one, -one])
    const decimals = batchOf({ v: { type: 'decimal(38,2)' } }, all.map((v) => ({ v: `${v}.25` })).slice(0, -6))
    expect(csvTexts(decimals, ['v'])).toEqual(all.slice(0, -6).map((v) => `${v}.25`))
    const fitting = all.filter((one) => BigInt.asIntN(64, one) === one)
    expect(
      csvTexts(
        batchOf(
          { v: { type: 'int64' } },
          fitting.map((v) => ({ v })),
        ),
        ['v'],
      ),
    ).toEqual(fitting.map(String))
  })

  test.each(cases)('%o of %o', (type, value, cell, json) => {
    expect(texts(type, value)).toEqual([cell, json])
    expect(() => JSON.parse(json) as unknown).not.toThrow()
    expect(csvTexts(batchOf({ v: { type } }, [{ v: value }]), ['v'])).toEqual([csvCell(cell)])
  })

  test('have the columns in the order of the query, also those that are named by numbers or alike', () => {
    const columns: Columns = { '2': { type: 'string' }, '1': { type: 'int32' }, b: { type: 'int32' } }
    const numbered = batchOf(columns, [{ '2': 'x', '1': 5, b: 6 }])
    expect(cellTexts(numbered, ['2', '1', 'b'])).toEqual([['x', '5', '6']])
    expect(jsonTexts(numbered, ['b', '2', '1'])).toEqual(['{"b":6,"2":"x","1":5}'])
    const alike = batchOf({ a: { type: 'int32' }, a_1: { type: 'int32' } }, [{ a: 1, a_1: 2 }])
    expect(cellTexts(alike, ['a', 'a'])).toEqual([['1', '2']])
  })
})
