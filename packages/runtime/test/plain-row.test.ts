import { expect, test } from 'vitest'
import { plainRow } from '../src/index.ts'

test('numbers that JSON has no word for are text, not missing values', () => {
  const row = { nan: Number.NaN, most: Number.POSITIVE_INFINITY, list: [Number.NEGATIVE_INFINITY, null], gone: null }
  expect(plainRow(row)).toEqual({ nan: 'NaN', most: 'Infinity', list: ['-Infinity', null], gone: null })
})
