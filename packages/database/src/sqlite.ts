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
  const patience = { path: options.path, waitMs: options.waitMs ?? defaultWaitMs }
  try {
    if (options.readOnly === true) return await openToRead<DB>(options, patience)
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

/** Whoever has the database open keeps a log and an index of it beside it, and both can be read. Where they are missing SQLite
 * would make them; then nobody has it open, and the file alone says all, but for a log that a killed process left. */
async function openToRead<DB>(options: OpenSqlite, patience: Patience): Promise<Kysely<DB>> {
  try {
    return await reading<DB>(options, openBesideOthers(options.path), patience)
  } catch (error) {
    if (!wantsToWrite(error)) throw error
    const log = statSync(`${options.path}-wal`, { throwIfNoEntry: false })
    if (log !== undefined && log.size > 0) return fail('database/log-waits', { path: options.path })
    return await reading<DB>(options, openAsItIs(options.path), patience)
  }
}

const readOnly = 8
const cannotOpen = 14

function wantsToWrite(error: unknown): boolean {
  const plain = plainCode(error)
  return plain === readOnly || plain === cannotOpen
}

async function reading<DB>(
  { path, migrations }: OpenSqlite,
  database: SqliteDatabase,
  patience: Patience,
): Promise<Kysely<DB>> {
  const db = new Kysely<DB>({ dialect: new PatientSqliteDialect({ database }, patience) })
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
