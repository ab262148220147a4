import { fail, type RunId, type TableName } from '@millrace/core'
import { type Lakehouse, newId } from '../workspace/lakehouse.ts'
import { isAlive } from '../state/process.ts'
import type { Lease } from '../state/state.ts'
import { type HeldLeases, holdLeases } from './leases.ts'

/** Work on tables outside of a run, while no run can write them. */
export async function withLeases<T>(
  lakehouse: Lakehouse,
  what: string,
  tables: readonly TableName[],
  work: (leases: HeldLeases, own: RunId) => Promise<T>,
): Promise<T> {
  const run = `${what}-${newId().slice(0, 8)}` as RunId
  const leases = await holdLeases(lakehouse, run, tables, { signal: new AbortController().signal })
  try {
    return await work(leases, run)
  } finally {
    await leases.release()
  }
}

/** Work on an environment as a whole, while no run writes into it; a run that makes its first tables there counts, too. */
export async function withoutRuns<T>(lakehouse: Lakehouse, what: string, work: () => Promise<T>): Promise<T> {
  const tables = [...(await lakehouse.catalog.resolve(lakehouse.environment)).keys()]
  return await withLeases(lakehouse, what, tables, async (_, own) => {
    refuseOthers(await leasesIn(lakehouse, lakehouse.environment), own)
    return await work()
  })
}

/** What anything at work in an environment holds. */
export async function leasesIn({ state, clock }: Lakehouse, environment: string): Promise<readonly Lease[]> {
  return (await state.leases(clock.now(), isAlive)).filter(({ name }) => name.startsWith(`${environment}/`))
}

export function refuseOthers(leases: readonly Lease[], own: RunId): void {
  const other = leases.find(({ run }) => run !== own)
  if (other === undefined) return
  const table = other.name.slice(other.name.indexOf('/') + 1) as TableName
  fail('run/busy', { table, run: other.run, pid: other.pid })
}
