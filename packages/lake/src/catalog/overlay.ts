import type { TableName, TableRef } from '@millrace/core'
import type { Kysely } from 'kysely'
import type { CatalogTables } from './tables.ts'
import { parseStored } from './stored-json.ts'

export type CatalogDb = Kysely<CatalogTables>

/** An environment's own tables; null: dropped here. */
export type Overlay = ReadonlyMap<TableName, TableRef | null>

/** The overlay as it is now. Where another program has moved a table's pointer, its version counts. */
export async function currentOverlay(db: CatalogDb, environment: string): Promise<Overlay> {
  const rows = await db.selectFrom('overlay').selectAll().where('environment', '=', environment).execute()
  const pointers = await pointersOf(db, environment)
  return new Map(
    rows.map(({ table_name: name, ref }) => {
      const own = ref === null ? null : parseStored<TableRef>(ref)
      return [name as TableName, own === null ? null : pointedTo(own, pointers.get(name))]
    }),
  )
}

/** A view has no pointer of its own: one of its name is another program's table. */
const pointedTo = (own: TableRef, pointer: string | null | undefined): TableRef =>
  own.format === 'iceberg' ? { ...own, version: pointer ?? own.version } : own

async function pointersOf(db: CatalogDb, environment: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('iceberg_tables')
    .select(['table_namespace', 'table_name', 'metadata_location'])
    .where('catalog_name', '=', environment)
    .execute()
  return new Map(rows.map((row) => [`${row.table_namespace}.${row.table_name}`, row.metadata_location ?? '']))
}

const fewTables = 200

/** Some tables of an overlay as they are now, those that are in it: most publications move few of many. */
export async function ownTables(db: CatalogDb, environment: string, tables: readonly TableName[]): Promise<Overlay> {
  const found = new Map<TableName, TableRef | null>()
  const all = tables.length > fewTables ? await currentOverlay(db, environment) : null
  for (const table of tables) {
    const own = all === null ? await ownTable(db, environment, table) : all.get(table)
    if (own !== undefined) found.set(table, own)
  }
  return found
}

/** One table of an overlay as it is now; null: dropped here; undefined: the base shows. */
export async function ownTable(
  db: CatalogDb,
  environment: string,
  table: TableName,
): Promise<TableRef | null | undefined> {
  const logged = await loggedTable(db, environment, table)
  if (logged === undefined || logged === null) return logged
  const { namespace, name } = splitName(table)
  const pointer = await db
    .selectFrom('iceberg_tables')
    .select('metadata_location')
    .where('catalog_name', '=', environment)
    .where('table_namespace', '=', namespace)
    .where('table_name', '=', name)
    .executeTakeFirst()
  return pointedTo(logged, pointer?.metadata_location)
}

async function loggedTable(db: CatalogDb, environment: string, table: TableName): Promise<TableRef | null | undefined> {
  const row = await db
    .selectFrom('overlay')
    .select('ref')
    .where('environment', '=', environment)
    .where('table_name', '=', table)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return row.ref === null ? null : parseStored<TableRef>(row.ref)
}

/** The version that our own log says a table has, whatever its pointer says now. */
export async function loggedVersion(db: CatalogDb, environment: string, table: TableName): Promise<string | null> {
  return (await loggedTable(db, environment, table))?.version ?? null
}

/** The overlay as it stood after a publication, by the log. */
export async function overlayAt(db: CatalogDb, environment: string, publication: number): Promise<Overlay> {
  const rows = await db
    .selectFrom('overlay_log')
    .select(['table_name', 'kind', 'ref'])
    .where('environment', '=', environment)
    .where('publication', '<=', publication)
    .orderBy('publication')
    .execute()
  const overlay = new Map<TableName, TableRef | null>()
  for (const { table_name: name, kind, ref } of rows) {
    const table = name as TableName
    if (kind === 'gone') overlay.delete(table)
    else overlay.set(table, ref === null ? null : parseStored<TableRef>(ref))
  }
  return overlay
}

/** `layer.name` as namespace and name. */
export function splitName(table: TableName): { namespace: string; name: string } {
  const dot = table.lastIndexOf('.')
  return { namespace: table.slice(0, dot), name: table.slice(dot + 1) }
}
