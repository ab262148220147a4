import { expect, test } from 'vitest'
import { rowDifferences } from '../src/terminal/row-differences.ts'

test('a row and the one most like it are told by the columns that differ', () => {
  const { differing, missing, extra } = rowDifferences(
    [
      { id: 1, name: 'a', city: 'Wien' },
      { id: 2, name: 'b', city: 'Graz' },
      { id: 9, name: 'z', city: 'Linz' },
    ],
    [
      { id: 2, name: 'B', city: 'Graz' },
      { id: 1, name: 'a', city: null },
      { id: 8, name: 'y', city: 'Bern' },
    ],
  )
  expect(differing).toEqual([
    { row: '{"id":1,"name":"a"}', columns: [{ name: 'city', expected: '"Wien"', got: 'null' }] },
    { row: '{"id":2,"city":"Graz"}', columns: [{ name: 'name', expected: '"b"', got: '"B"' }] },
  ])
  expect([missing, extra]).toEqual([[{ id: 9, name: 'z', city: 'Linz' }], [{ id: 8, name: 'y', city: 'Bern' }]])
})

test('what is equal of a wide row is cut, and rows in another order are told whole', () => {
  const wide = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`column_${i}`, i]))
  const [one] = rowDifferences([{ ...wide, last: 1 }], [{ ...wide, last: 2 }]).differing
  expect(one?.row).toHaveLength(81)
  expect(one?.columns).toEqual([{ name: 'last', expected: '1', got: '2' }])
  const swapped = [[{ id: 1 }, { id: 2 }] as const, [{ id: 2 }, { id: 1 }] as const] as const
  expect(rowDifferences(...swapped)).toEqual({ differing: [], missing: swapped[0], extra: swapped[1] })
})
