import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, MillraceError } from '@millrace/core'
import { Kysely, type SqliteDatabase } from 'kysely'
import { type Migration, migrate, missingSteps } from './migrate.ts'
import { type Durability, openAsItIs, openBesideOthers, openNodeSqlite } from './node-sqlite.ts'
import { type Patience, plainCode, withPatience } from './patience.ts'
import { PatientSqliteDialect } from './patient-dialect.ts'

export interface OpenSqlite {
  readonly path: string
  readonly migrations: readonly Migration[]
  /** How long to wait for another process that holds the write lock. Default 10 s. */
  readonly waitMs?: number
  /** Default `full`: what was acknowledged survives a power cut. `normal` saves an fsync per commit and survives only kill -9. */
  readonly durability?: Durability
  /** It cannot be written, as `isReadOnly` says: it is read as it is, or beside a process that can. */
  readonly readOnly?: boolean
}

const defaultWaitMs = 10_000

/** Opens (and creates) one of Millrace's own databases, at the newest layout. Many processes may do so at once. */
export async function openSqlite<DB>(options: OpenSqlite): Promise<Kysely<DB>> {
  return over<DB>(options, await opened(options))
}

/** The same, opened by its first question. */
export function sqliteWhenAsked<DB>(options: OpenSqlite): Kysely<DB> {
  return over<DB>(options, () => opened(options))
}

const patienceOf = ({ path, waitMs = defaultWaitMs }: OpenSqlite): Patience => ({ path, waitMs })

function over<DB>(options: OpenSqlite, database: SqliteDatabase | (() => Promise<SqliteDatabase>)): Kysely<DB> {
  return new Kysely<DB>({ dialect: new PatientSqliteDialect({ database }, patienceOf(options)) })
}

async function opened(options: OpenSqlite): Promise<SqliteDatabase> {
  try {
    if (options.readOnly === true) return await openToRead(options)
    mkdirSync(dirname(options.path), { recursive: true })
    return await openToWrite(options)
  } catch (error) {
    if (error instanceof MillraceError) throw error
    return fail('database/unusable', {
      path: options.path,
      message: error instanceof Error ? error.message : String(error),
    })
  }
}

async function openToWrite(options: OpenSqlite): Promise<SqliteDatabase> {
  const { path, migrations, durability = 'full' } = options
  // Turning a new file to WAL answers "busy" at once when another process does the same.
  const database = await withPatience(patienceOf(options), () => openNodeSqlite(path, durability))
  return await sound(options, database, (db) => migrate(db, path, migrations))
}

/** The database, unless the look at it throws. */
async function sound(
  options: OpenSqlite,
  database: SqliteDatabase,
  look: (db: Kysely<unknown>) => Promise<unknown>,
): Promise<SqliteDatabase> {
  const db = over<unknown>(options, database)
  try {
    await look(db)
    return database
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

/** Whoever has the database open keeps a log and an index of it beside it, and both can be read. Where they are missing SQLite
 * would make them; then nobody has it open, and the file alone says all, but for a log that a killed process left. */
async function openToRead(options: OpenSqlite): Promise<SqliteDatabase> {
  try {
    return await sound(options, openBesideOthers(options.path), (db) => refuseOld(options, db))
  } catch (error) {
    if (!wantsToWrite(error)) throw error
    const log = statSync(`${options.path}-wal`, { throwIfNoEntry: false })
    if (log !== undefined && log.size > 0) return fail('database/log-waits', { path: options.path })
    return await sound(options, openAsItIs(options.path), (db) => refuseOld(options, db))
  }
}

async function refuseOld({ path, migrations }: OpenSqlite, db: Kysely<unknown>): Promise<void> {
  const missing = await missingSteps(db, path, migrations)
  if (missing.length > 0) throw new Error('it cannot be written, and an earlier release has made it')
}

const readOnly = 8
const cannotOpen = 14

function wantsToWrite(error: unknown): boolean {
  const plain = plainCode(error)
  return plain === readOnly || plain === cannotOpen
}
