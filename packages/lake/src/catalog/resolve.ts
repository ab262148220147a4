import { fail, type Instant, type PublicationId, type TableName, type TableRef } from '@millrace/core'
import type { EnvironmentRow } from './tables.ts'
import { type CatalogDb, currentOverlay, overlayAt } from './overlay.ts'

/** Every table that an environment shows: its base's, with its own in front and without those it dropped. */
export async function resolveTables(
  db: CatalogDb,
  environment: string,
  at: PublicationId | Instant | undefined,
): Promise<ReadonlyMap<TableName, TableRef>> {
  const moment = at === undefined ? null : await numberAt(db, at)
  return await shownTables(db, environment, moment)
}

/** `moment` is the number of the last publication that counts; null: all of them. */
async function shownTables(
  db: CatalogDb,
  name: string,
  moment: number | null,
): Promise<ReadonlyMap<TableName, TableRef>> {
  const environment = await needEnvironment(db, name)
  const tables = new Map(await baseTables(db, environment, moment))
  const overlay = moment === null ? await currentOverlay(db, name) : await overlayAt(db, name, moment)
  for (const [table, ref] of overlay) {
    if (ref === null) tables.delete(table)
    else tables.set(table, ref)
  }
  return tables
}

async function baseTables(
  db: CatalogDb,
  environment: EnvironmentRow,
  moment: number | null,
): Promise<ReadonlyMap<TableName, TableRef>> {
  if (environment.base === null) return new Map()
  const pinned = environment.base_at === null ? null : await numberAt(db, environment.base_at as PublicationId)
  return await shownTables(db, environment.base, earlier(pinned, moment))
}

function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.min(one, other)
}

/** The number of a publication, or of the last one at or before an instant. */
async function numberAt(db: CatalogDb, at: PublicationId | Instant): Promise<number> {
  const all = db.selectFrom('publication').select('number')
  const found =
    typeof at === 'string'
      ? await all.where('id', '=', at).executeTakeFirst()
      : await all.where('ordered_at', '<=', at).orderBy('number', 'desc').limit(1).executeTakeFirst()
  return (
    found?.number ?? fail('lake/no-publication', { wanted: typeof at === 'string' ? at : new Date(at).toISOString() })
  )
}

export async function needEnvironment(db: CatalogDb, name: string): Promise<EnvironmentRow> {
  const row = await db.selectFrom('environment').selectAll().where('name', '=', name).executeTakeFirst()
  return row ?? fail('lake/no-environment', { name })
}
