import { expect, test } from 'vitest'
import { caches } from '../src/iceberg/table-files.ts'

test('manifests of wide tables are kept as long as they fit into the memory that is meant for them', () => {
  const { manifests } = caches()
  const wide = { schema: 'null', header: {}, records: [], weight: 10_000_000 } as const
  for (const file of ['a', 'b', 'c', 'd']) manifests.keep(file, wide)
  expect(['a', 'b', 'c', 'd'].map((file) => manifests.get(file) !== undefined)).toEqual([false, true, true, true])
})
