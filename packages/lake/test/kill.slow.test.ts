import { spawnSync } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { openSqliteCatalog } from '@millrace/lake'
import { beforeAll, describe, expect, test } from 'vitest'
import { publicationId, temporaryFolder } from './support/lake.ts'
import { catalogOf, firstVersion, seen, stageAndPublish, tables } from './support/two-tables.ts'

/** Every failpoint of staging two tables and publishing them, and what a reader must find afterwards. */
const killed: readonly (readonly [point: string, pass: number, now: 'old' | 'new'])[] = [
  ...['manifest:before', 'manifest:after', 'list:before', 'list:after', 'metadata:before', 'metadata:after'].flatMap(
    (point) => [[point, 1, 'old'] as const, [point, 2, 'old'] as const],
  ),
  // Of the one table whose position is long.
  ['position:before', 1, 'old'],
  ['position:after', 1, 'old'],
  ['publish:before', 1, 'old'],
  ['publish:inside', 1, 'old'],
  ['publish:inside', 2, 'old'],
  ['publish:after', 1, 'new'],
]

describe('kill -9', () => {
  let start: string
  beforeAll(async () => {
    start = temporaryFolder()
    await firstVersion(start)
  })

  test.each(killed)(
    'at %s (pass %i) leaves both tables %s, and the work can be done again',
    async (point, pass, now) => {
      // The tables' files stay where they are; each case gets its own catalog.
      const folder = temporaryFolder()
      cpSync(catalogOf(start), catalogOf(folder))
      const { signal } = spawnSync(process.execPath, [
        join(import.meta.dirname, 'support/commit-process.ts'),
        folder,
        point,
        String(pass),
      ])
      expect(signal).toBe('SIGKILL')
      expect(await seen(folder)).toEqual(now === 'old' ? ['1', '1'] : ['2', '2'])
      const catalog = await openSqliteCatalog({ path: catalogOf(folder) })
      const found = await catalog.find(publicationId('second'))
      expect(found?.moves.map((move) => move.table) ?? []).toEqual(now === 'old' ? [] : [...tables])
      await catalog.close()
      await stageAndPublish(folder, () => {})
      expect(await seen(folder)).toEqual(['2', '2'])
    },
  )
})
