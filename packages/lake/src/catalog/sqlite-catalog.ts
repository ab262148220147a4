import type { Catalog, Clock } from '@millrace/core'
import { openSqlite } from '@millrace/database'
import { createEnvironment, dropEnvironment, findEnvironment, listEnvironments } from './environments.ts'
import { foreignTables } from './foreign.ts'
import { findPublication, publicationLog, publicationsBeginning } from './log.ts'
import { migrations } from './migrations.ts'
import { publishMoves } from './publish.ts'
import { resolveTables } from './resolve.ts'
import { keepOnlyStatesOf, keepStates, keptStates } from './states.ts'
import type { CatalogTables } from './tables.ts'

export interface SqliteCatalogOptions {
  readonly path: string
  /** For what the catalog itself records; publications bring their own time. */
  readonly clock?: Pick<Clock, 'now'>
  readonly waitMs?: number
  /** It cannot be written: what it is asked it answers. */
  readonly readOnly?: boolean
  readonly failpoint?: (name: string) => void | Promise<void>
}

/** A catalog in one SQLite file, in the layout that PyIceberg's and Java's SQL catalogs read, too. */
export async function openSqliteCatalog(options: SqliteCatalogOptions): Promise<Catalog> {
  const { path, readOnly = false } = options
  const waiting = options.waitMs === undefined ? {} : { waitMs: options.waitMs }
  // What was published must survive a power cut too: a run's record of it lies in another file.
  const db = await openSqlite<CatalogTables>({ path, migrations, durability: 'full', readOnly, ...waiting })
  const failpoint = options.failpoint ?? (() => {})
  const now = (): number => options.clock?.now() ?? Date.now()
  return {
    environments: () => listEnvironments(db),
    environment: (name) => findEnvironment(db, name),
    createEnvironment: (wanted) => createEnvironment(db, wanted),
    dropEnvironment: (name) => dropEnvironment(db, name, now()),
    resolve: (environment, at) => resolveTables(db, environment, at),
    foreign: (environment) => foreignTables(db, environment),
    publish: (publication, confirm) => publishMoves(db, publication, failpoint, confirm),
    // A transaction takes the write lock as it begins.
    quiesce: () => db.transaction().execute(() => Promise.resolve()),
    find: (id) => findPublication(db, id),
    beginning: (environment, prefix) => publicationsBeginning(db, environment, prefix),
    log: (environment, limit) => publicationLog(db, environment, limit),
    states: (versions) => keptStates(db, versions),
    // Only a help for the next who asks.
    keepStates: (states) => (readOnly ? Promise.resolve() : keepStates(db, states)),
    keepOnlyStatesOf: (versions) => keepOnlyStatesOf(db, versions),
    close: () => db.destroy(),
  }
}
