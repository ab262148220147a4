import { fail, type RunId, type TableName } from '@millrace/core'
import { type Lakehouse, newId } from '../workspace/lakehouse.ts'
import { isAlive } from '../state/process.ts'
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

/** Work on an environment as a whole, while no run writes into it; a run that makes its first tables there counts, too. */
export async function withoutRuns<T>(lakehouse: Lakehouse, what: string, work: () => Promise<T>): Promise<T> {
  const { catalog, clock, environment, state } = lakehouse
  const tables = [...(await catalog.resolve(environment)).keys()]
  return await withLeases(lakehouse, what, tables, async () => {
    const own: ReadonlySet<string> = new Set(tables.map((table) => `${environment}/${table}`))
    const held = await state.leases(clock.now(), isAlive)
    const other = held.find(({ name }) => name.startsWith(`${environment}/`) && !own.has(name))
    if (other === undefined) return await work()
    const table = other.name.slice(environment.length + 1) as TableName
    return fail('run/busy', { table, run: other.run, pid: other.pid })
  })
}
