import type { RunId, TableName } from '@millrace/core'
import { type Lakehouse, newId } from '../workspace/lakehouse.ts'
import { holdLeases } from './leases.ts'

/** Work on tables outside of a run, while no run can write them. */
export async function withLeases<T>(
  lakehouse: Lakehouse,
  what: string,
  tables: readonly TableName[],
  work: () => Promise<T>,
): Promise<T> {
  const run = `${what}-${newId().slice(0, 8)}` as RunId
  const leases = await holdLeases(lakehouse, run, tables, { signal: new AbortController().signal })
  try {
    return await work()
  } finally {
    await leases.release()
  }
}
