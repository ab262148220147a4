import type { Catalog, Clock } from '@millrace/core'
import { isReadOnly, openSqlite } from '@millrace/database'
import { createEnvironment, dropEnvironment, findEnvironment, listEnvironments } from './environments.ts'
import { foreignTables } from './foreign.ts'
import { findPublication, publicationLog } from './log.ts'
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
  /** Only asks: that also goes on a disk that cannot be written. */
  readonly reads?: boolean
  readonly failpoint?: (name: string) => void | Promise<void>
}

/** A catalog in one SQLite file, in the layout that PyIceberg's and Java's SQL catalogs read, too. */
export async function openSqliteCatalog(options: SqliteCatalogOptions): Promise<Catalog> {
  const { path, reads = false } = options
  const waiting = options.waitMs === undefined ? {} : { waitMs: options.waitMs }
  const asItIs = reads && isReadOnly(path)
  // What was published must survive a power cut too: a run's record of it lies in another file.
  const db = await openSqlite<CatalogTables>({ path, migrations, durability: 'full', reads, ...waiting })
  const failpoint = options.failpoint ?? (() => {})
  const now = (): number => options.clock?.now() ?? Date.now()
  return {
    environments: () => listEnvironments(db),
    environment: (name) => findEnvironment(db, name),
    createEnvironment: (wanted) => createEnvironment(db, wanted),
    dropEnvironment: (name) => dropEnvironment(db, name, now()),
    resolve: (environment, at) => resolveTables(db, environment, at),
    foreign: (environment) => foreignTables(db, environment),
    publish: (publication) => publishMoves(db, publication, failpoint),
    find: (id) => findPublication(db, id),
    log: (environment, limit) => publicationLog(db, environment, limit),
    states: (versions) => keptStates(db, versions),
    // Only a help for the next who asks.
    keepStates: (states) => (asItIs ? Promise.resolve() : keepStates(db, states)),
    keepOnlyStatesOf: (versions) => keepOnlyStatesOf(db, versions),
    close: () => db.destroy(),
  }
}
