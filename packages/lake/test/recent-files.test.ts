import { expect, test } from 'vitest'
import { RecentFiles } from '../src/iceberg/recent-files.ts'

test('the files that were not used for longest go first, once all are too heavy together', () => {
  const files = new RecentFiles<readonly number[]>(5, (content) => content.length)
  const known = (): readonly string[] => ['a', 'b', 'c', 'd'].filter((file) => files.get(file) !== undefined)
  files.keep('a', [1, 2])
  files.keep('b', [3, 4])
  files.keep('a', [5, 6])
  expect(files.get('a')).toEqual([5, 6])
  files.keep('c', [7, 8])
  expect(known()).toEqual(['a', 'c'])
  files.keep('d', [1, 2, 3, 4, 5, 6])
  expect(known()).toEqual([])
  files.keep('b', [9])
  expect(known()).toEqual(['b'])
})
