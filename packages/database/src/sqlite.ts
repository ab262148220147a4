import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, MillraceError } from '@millrace/core'
import { Kysely, SqliteDialect } from 'kysely'
import { type Migration, migrate, missingSteps } from './migrate.ts'
import { type Durability, openAsItIs, openNodeSqlite } from './node-sqlite.ts'
import { type Patience, withPatience } from './patience.ts'
import { PatientSqliteDialect } from './patient-dialect.ts'

export interface OpenSqlite {
  readonly path: string
  readonly migrations: readonly Migration[]
  /** How long to wait for another process that holds the write lock. Default 10 s. */
  readonly waitMs?: number
  /** Default `full`: what was acknowledged survives a power cut. `normal` saves an fsync per commit and survives only kill -9. */
  readonly durability?: Durability
  /** Who only reads can do so on a disk that cannot be written. */
  readonly reads?: boolean
}

const defaultWaitMs = 10_000

/** Opens (and creates) one of Millrace's own databases, at the newest layout. Many processes may do so at once. */
export async function openSqlite<DB>(options: OpenSqlite): Promise<Kysely<DB>> {
  const patience = { path: options.path, waitMs: options.waitMs ?? defaultWaitMs }
  try {
    if (options.reads === true && isReadOnly(options.path)) return await openToRead<DB>(options)
    mkdirSync(dirname(options.path), { recursive: true })
    return await openWith<DB>(options, patience)
  } catch (error) {
    if (error instanceof MillraceError) throw error
    return fail('database/unusable', {
      path: options.path,
      message: error instanceof Error ? error.message : String(error),
    })
  }
}

async function openWith<DB>(options: OpenSqlite, patience: Patience): Promise<Kysely<DB>> {
  // Turning a new file to WAL answers "busy" at once when another process does the same.
  const database = await withPatience(patience, () => openNodeSqlite(options.path, options.durability ?? 'full'))
  const db = new Kysely<DB>({ dialect: new PatientSqliteDialect({ database }, patience) })
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- migrations speak SQL, whatever the tables' types
    await migrate(db as unknown as Kysely<unknown>, options.path, options.migrations)
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** Whether there is a database that this process could read but not write. */
export function isReadOnly(path: string): boolean {
  return existsSync(path) && !(canWrite(path) && canWrite(dirname(path)))
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function openToRead<DB>({ path, migrations }: OpenSqlite): Promise<Kysely<DB>> {
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false })
  // Without its log the database would show what was before.
  if (log !== undefined && log.size > 0) throw new Error('it cannot be written, and its log was not taken in')
  const db = new Kysely<DB>({ dialect: new SqliteDialect({ database: openAsItIs(path) }) })
  try {
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    const missing = await missingSteps(db as unknown as Kysely<unknown>, path, migrations)
    if (missing.length > 0) throw new Error('it cannot be written, and an earlier release has made it')
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}
