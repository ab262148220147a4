import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { fail, MillraceError } from '@millrace/core'
import { Kysely } from 'kysely'
import { type Migration, migrate } from './migrate.ts'
import { type Durability, openNodeSqlite } from './node-sqlite.ts'
import { type Patience, withPatience } from './patience.ts'
import { PatientSqliteDialect } from './patient-dialect.ts'

export interface OpenSqlite {
  readonly path: string
  readonly migrations: readonly Migration[]
  /** How long to wait for another process that holds the write lock. Default 10 s. */
  readonly waitMs?: number
  /** Default `full`: what was acknowledged survives a power cut. `normal` saves an fsync per commit and survives only kill -9. */
  readonly durability?: Durability
}

const defaultWaitMs = 10_000

/** Opens (and creates) one of Millrace's own databases, at the newest layout. Many processes may do so at once. */
export async function openSqlite<DB>(options: OpenSqlite): Promise<Kysely<DB>> {
  const patience = { path: options.path, waitMs: options.waitMs ?? defaultWaitMs }
  try {
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
