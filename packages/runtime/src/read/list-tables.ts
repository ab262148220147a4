import type { TableRef, TableState } from '@millrace/core'
import { needEnvironment } from '../environments/need-environment.ts'
import { type Lakehouse, stateOf, statesOf } from '../workspace/lakehouse.ts'

export interface ListedTable {
  readonly ref: TableRef
  /** null: another program made it in a way that is not read here. */
  readonly state: TableState | null
}

/** Every table that an environment shows, by name; one of another program that cannot be read hides none. */
export async function listTables(lakehouse: Lakehouse): Promise<readonly ListedTable[]> {
  const { catalog, environment } = lakehouse
  await needEnvironment(catalog, environment)
  const own = await statesOf(lakehouse, await catalog.resolve(environment))
  const listed: ListedTable[] = [...own.values()].map((state) => ({ ref: state.ref, state }))
  for (const [table, ref] of await catalog.foreign(environment)) {
    if (own.has(table)) continue
    listed.push({ ref, state: await stateOf(lakehouse, ref).catch(() => null) })
  }
  return listed.toSorted((a, b) => (a.ref.table < b.ref.table ? -1 : 1))
}
