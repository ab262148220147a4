import type { Instant, Publication, PublicationId, RunId } from '@millrace/core'
import { type Selectable, sql } from 'kysely'
import type { CatalogDb } from './overlay.ts'
import { parseStored } from './stored-json.ts'
import type { PublicationRow } from './tables.ts'

export async function findPublication(db: CatalogDb, id: PublicationId): Promise<Publication | null> {
  const row = await db.selectFrom('publication').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? null : toPublication(row)
}

/** Behind every text that begins with the one before it. */
const last = '\u{10FFFF}'

/** The ids of an environment's publications that begin so, two at most: found by their index, however long the log is. */
export async function publicationsBeginning(
  db: CatalogDb,
  environment: string,
  prefix: string,
): Promise<readonly PublicationId[]> {
  const rows = await db
    .selectFrom('publication')
    .select('id')
    .where('id', '>=', prefix)
    .where('id', '<', prefix + last)
    // With a sign, so that SQLite goes by the index of ids and not through all publications of the environment.
    .where(sql<string>`+environment`, '=', environment)
    .orderBy('id')
    .limit(2)
    .execute()
  return rows.map(({ id }) => id as PublicationId)
}

const defaultLimit = 100

/** The publications of an environment, newest first. */
export async function publicationLog(
  db: CatalogDb,
  environment: string,
  limit: number = defaultLimit,
): Promise<readonly Publication[]> {
  const rows = await db
    .selectFrom('publication')
    .selectAll()
    .where('environment', '=', environment)
    .orderBy('number', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toPublication)
}

function toPublication(row: Selectable<PublicationRow>): Publication {
  return {
    id: row.id as PublicationId,
    environment: row.environment,
    parent: row.parent as PublicationId | null,
    at: row.at as Instant,
    run: row.run as RunId | null,
    moves: parseStored(row.moves),
    ...(row.note === null ? {} : { note: parseStored(row.note) }),
  }
}
