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
      return [name as TableName, own === null ? null : { ...own, version: pointers.get(name) ?? own.version }]
    }),
  )
}

async function pointersOf(db: CatalogDb, environment: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('iceberg_tables')
    .select(['table_namespace', 'table_name', 'metadata_location'])
    .where('catalog_name', '=', environment)
    .execute()
  return new Map(rows.map((row) => [`${row.table_namespace}.${row.table_name}`, row.metadata_location ?? '']))
}

/** One table of an overlay as it is now; null: dropped here; undefined: the base shows. */
export async function ownTable(
  db: CatalogDb,
  environment: string,
  table: TableName,
): Promise<TableRef | null | undefined> {
  const { namespace, name } = splitName(table)
  const row = await db
    .selectFrom('overlay')
    .select('ref')
    .where('environment', '=', environment)
    .where('table_name', '=', table)
    .executeTakeFirst()
  if (row === undefined) return undefined
  if (row.ref === null) return null
  const own = parseStored<TableRef>(row.ref)
  const pointer = await db
    .selectFrom('iceberg_tables')
    .select('metadata_location')
    .where('catalog_name', '=', environment)
    .where('table_namespace', '=', namespace)
    .where('table_name', '=', name)
    .executeTakeFirst()
  return { ...own, version: pointer?.metadata_location ?? own.version }
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
