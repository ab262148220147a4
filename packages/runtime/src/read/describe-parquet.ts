import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Columns, RunId } from '@millrace/core'
import { failUnreadable } from '@millrace/connectors'
import { duckdbEngine } from '@millrace/engine-duckdb'

/** The columns that a Parquet file says it has, asked of an engine of its own: there may be no project yet. */
export async function describeParquet(path: string): Promise<Columns> {
  const spill = await mkdtemp(join(tmpdir(), 'millrace-'))
  const engine = duckdbEngine({ memoryBytes: 1e9, threads: 1, workers: 1 })
  try {
    const session = await engine.open({ run: 'describe' as RunId, memoryBytes: 0, threads: 1, spill })
    const { size: bytes } = await stat(path)
    const file = {
      via: 'raw',
      format: 'parquet',
      columns: {},
      files: [{ path, bytes, header: [] }],
      options: {},
    } as const
    return await session.describe({ sql: 'select * from file', inputs: { file }, params: {} })
  } catch (error) {
    return failUnreadable(path, error)
  } finally {
    await engine.close()
    await rm(spill, { recursive: true, force: true })
  }
}
