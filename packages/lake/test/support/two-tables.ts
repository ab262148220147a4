import { join } from 'node:path'
import type { Progress } from '@millrace/core'
import type { Failpoint } from '@millrace/lake'
import { change, draftOf, headOf, instant, openLake, progress, publicationId, publish, spec } from './lake.ts'
import { readScan, writeRows } from './parquet.ts'

export const tables = ['silver.left', 'silver.right'] as const
const columns = { id: { type: 'int64' } } as const

/** Version 1 of two tables: one row each. */
export async function firstVersion(folder: string): Promise<void> {
  await commit(folder, 'first', 1, 'append', () => {})
}

/** Version 2: the row of version 1 is replaced in both. */
export async function stageAndPublish(folder: string, failpoint: Failpoint): Promise<void> {
  await commit(folder, 'second', 2, 'overwrite', failpoint)
}

async function commit(
  folder: string,
  name: string,
  id: number,
  operation: 'append' | 'overwrite',
  failpoint: Failpoint,
): Promise<void> {
  const lake = await openLake(folder, failpoint)
  const staged = []
  for (const table of tables) {
    const draft = await draftOf(lake, table, spec(columns))
    const add = await writeRows(draft, { sql: `select ${id} as id` })
    const remove = operation === 'append' ? 'none' : 'all'
    staged.push(
      await lake.format.stage(
        draft,
        change(add, { id: `${name}/${table}`, remove, operation, at: instant(id * 1000), progress: landed(table, id) }),
      ),
    )
  }
  await publish(lake, staged, { id: publicationId(name), at: instant(id * 1000) })
  await lake.catalog.close()
}

/** The left table has landed very many files. */
function landed(table: (typeof tables)[number], id: number): Progress {
  if (table === 'silver.right') return progress
  const files = Array.from({ length: 1000 }, (_, at) => [`in/${at}.csv`, `version ${id}`])
  return { ...progress, position: Object.fromEntries(files) as Progress['position'] }
}

/** What a reader sees of both tables. */
export async function seen(folder: string): Promise<unknown[]> {
  const lake = await openLake(folder)
  const rows: unknown[] = []
  for (const table of tables) rows.push((await readScan(await lake.format.offer(await headOf(lake, table))))[0]?.['id'])
  await lake.catalog.close()
  return rows
}

export const catalogOf = (folder: string): string => join(folder, 'catalog.db')
