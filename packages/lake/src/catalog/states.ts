import type { TableState } from '@millrace/core'
import { sql } from 'kysely'
import type { CatalogDb } from './overlay.ts'
import { parseStored, printStored } from './stored-json.ts'

const versionsPerQuery = 500
/** States can always be read again from the tables: one kept in another form is not used. */
const format = 1

interface KeptState {
  readonly format: number
  readonly state: TableState
}

export async function keptStates(db: CatalogDb, versions: readonly string[]): Promise<ReadonlyMap<string, TableState>> {
  const found = new Map<string, TableState>()
  for (let from = 0; from < versions.length; from += versionsPerQuery) {
    const some = versions.slice(from, from + versionsPerQuery)
    const rows = await db.selectFrom('table_state').selectAll().where('version', 'in', some).execute()
    for (const row of rows) {
      const kept = parseStored<KeptState>(row.state)
      if (kept.format === format) found.set(row.version, kept.state)
    }
  }
  return found
}

/** Versions never change, so a state is written once. What a fork shows before its first commit is its base's version. */
export async function keepStates(db: CatalogDb, states: readonly TableState[]): Promise<void> {
  const own = states.filter(({ ref }) => ref.forkOf?.version !== ref.version)
  if (own.length === 0) return
  await db.transaction().execute(async (transaction) => {
    for (const state of own) await keepState(transaction, state)
  })
}

async function keepState(db: CatalogDb, state: TableState): Promise<void> {
  const kept = printStored({ format, state: withoutLong(state) } satisfies KeptState)
  await db
    .insertInto('table_state')
    .values({ version: state.ref.version, state: kept })
    .onConflict((conflict) => conflict.column('version').doUpdateSet((old) => ({ state: old.ref('excluded.state') })))
    .execute()
}

/** Every version leaves a state behind: without this the catalog would grow with each run. */
export async function keepOnlyStatesOf(db: CatalogDb, versions: ReadonlySet<string>): Promise<void> {
  const list = JSON.stringify([...versions])
  await sql`delete from table_state where version not in (select value from json_each(${list}))`.execute(db)
}

/** A long position lies in a file of the table already; kept here for each version, it would fill the catalog. */
function withoutLong(state: TableState): TableState {
  return state.positionFile === undefined ? state : { ...state, progress: { ...state.progress, position: {} } }
}
