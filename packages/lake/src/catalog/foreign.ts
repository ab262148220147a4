import { fail, type Move, type TableName, type TableRef } from '@millrace/core'
import type { CatalogDb } from './overlay.ts'
import { needEnvironment } from './resolve.ts'

/** Tables that other programs have made in the catalog of an environment or of those that it stands on. They are no part of it:
 * no publication knows them, so they have no past here, and no plan looks at them. */
export async function foreignTables(db: CatalogDb, name: string): Promise<ReadonlyMap<TableName, TableRef>> {
  const { base, base_at: pinned } = await needEnvironment(db, name)
  // What a base made after a pin is not shown, and of these tables nobody knows when they were made.
  const below = base === null || pinned !== null ? new Map<TableName, TableRef>() : await foreignTables(db, base)
  return new Map([...below, ...(await ownForeign(db, name))])
}

async function ownForeign(db: CatalogDb, environment: string): Promise<readonly (readonly [TableName, TableRef])[]> {
  const rows = await db
    .selectFrom('iceberg_tables as pointer')
    .select(['table_namespace', 'table_name', 'metadata_location'])
    .where('catalog_name', '=', environment)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('overlay')
            .select('ref')
            .where('environment', '=', environment)
            .where('ref', 'is not', null)
            .whereRef('overlay.table_name', '=', (name) =>
              name(name('pointer.table_namespace', '||', name.val('.')), '||', name.ref('pointer.table_name')),
            ),
        ),
      ),
    )
    .where((where) => where.or([where('iceberg_type', 'is', null), where('iceberg_type', '=', 'TABLE')]))
    .execute()
  return rows.flatMap(({ table_namespace: layer, table_name: name, metadata_location: version }) => {
    // Names of ours have two parts.
    if (version === null || layer.includes('.') || name.includes('.')) return []
    const table: TableName = `${layer}.${name}`
    return [
      [table, { table, uuid: '', format: 'iceberg', location: folderOf(version), version, foreign: true }] as const,
    ]
  })
}

/** The table's folder: metadata files lie in its `metadata`. */
const folderOf = (version: string): string => version.replace(/^file:\/\/(?=\/)/, '').replace(/\/metadata\/[^/]*$/, '')

/** Publishing over another program's table would take its rows away from everybody who reads them. */
export async function refuseForeign(db: CatalogDb, environment: string, moves: readonly Move[]): Promise<void> {
  const made = new Set(moves.filter(({ from, to }) => from === null && to !== null).map(({ table }) => table))
  if (made.size === 0) return
  for (const [table] of await ownForeign(db, environment))
    if (made.has(table)) fail('lake/foreign-table', { table, environment })
}
