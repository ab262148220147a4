import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import type { SqliteDatabase, SqliteStatement } from 'kysely'

/** What `synchronous` means in WAL mode: both survive kill -9; only `full` keeps the last commits through a power cut. */
export type Durability = 'full' | 'normal'

/** Node's own SQLite in the shape that Kysely expects (better-sqlite3's). */
export function openNodeSqlite(path: string, durability: Durability): SqliteDatabase {
  // No busy timeout: SQLite would wait inside the call and freeze the event loop with everything else in this process.
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec(`pragma journal_mode = wal; pragma synchronous = ${durability}; pragma foreign_keys = on`)
  } catch (error) {
    database.close()
    throw error
  }
  return inKyselysShape(database)
}

/** A database that this process cannot write, read by the log and the locks that lie beside it. */
export const openBesideOthers = (path: string): SqliteDatabase =>
  inKyselysShape(new DatabaseSync(path, { readOnly: true, timeout: 0 }))

/** A database that nobody writes, without the log and locks that SQLite would make beside it. */
export function openAsItIs(path: string): SqliteDatabase {
  const url = pathToFileURL(path)
  url.search = 'immutable=1'
  return inKyselysShape(new DatabaseSync(url, { readOnly: true }))
}

function inKyselysShape(database: DatabaseSync): SqliteDatabase {
  // A transaction takes the write lock when it begins: one that reads first could fail at its first write, when it is
  // too late to wait.
  const prepare = (sql: string): SqliteStatement =>
    statement(database.prepare(sql === 'begin' ? 'begin immediate' : sql))
  return { close: () => database.close(), prepare }
}

function statement(prepared: StatementSync): SqliteStatement {
  return {
    reader: prepared.columns().length > 0,
    all: (parameters) => prepared.all(...parameters.map(toSql)),
    iterate: (parameters) => prepared.iterate(...parameters.map(toSql)),
    run: (parameters) => prepared.run(...parameters.map(toSql)),
  }
}

/** node:sqlite reads an object in first place as named parameters and binds nothing, so objects are refused here. */
function toSql(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') return value
  if (value instanceof Uint8Array) return value
  throw new TypeError(`SQLite stores no ${Object.prototype.toString.call(value).slice(8, -1)}; convert it first`)
}
