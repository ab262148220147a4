import { fail, type Move, type Publication, type PublishResult, type TableName, type TableRef } from '@millrace/core'
import { refuseForeign } from './foreign.ts'
import { bumpGeneration } from './generation.ts'
import { type CatalogDb, loggedVersion, type Overlay, ownTable, ownTables, splitName } from './overlay.ts'
import { needEnvironment } from './resolve.ts'
import { parseStored, printStored } from './stored-json.ts'

/*
 * Publication: the one step that makes tables visible.
 *
 * - One transaction, which takes the write lock before it reads: every `from` is compared with what stands, and either all
 *   tables move or none does.
 * - Idempotent by id: a publication that is in the log is done, whatever has happened since. A process that was killed
 *   after the commit and asks again gets the same answer.
 * - The truth of an Iceberg table's version is its row of `iceberg_tables`, because that is what other programs read and
 *   may move. A pointer moved by others is first put into the log as a publication of its own ("foreign").
 * - A table that another program has made in the catalog is not published over.
 * - A uuid belongs to one environment: a table of the base must be forked before it is written.
 * - A promotion also takes away the promoted overlay row, if it still is the version that was promoted, and bumps that
 *   environment's generation, so that its next fork is another table. So does all else after which a table is forked again.
 * - The order of publications is their number; `ordered_at` never decreases.
 */

export async function publishMoves(
  db: CatalogDb,
  publication: Publication,
  failpoint: (name: string) => void | Promise<void>,
  confirm?: () => Promise<void>,
): Promise<PublishResult> {
  await failpoint('publish:before')
  const result = await db.transaction().execute(async (transaction): Promise<PublishResult> => {
    if (await isDone(transaction, publication)) return { status: 'done' }
    await confirm?.()
    const environment = await needEnvironment(transaction, publication.environment)
    const overlay = await ownTables(
      transaction,
      environment.name,
      publication.moves.map((move) => move.table),
    )
    await recordForeign(transaction, publication, overlay)
    const stale = publication.moves.filter((move) => (overlay.get(move.table)?.version ?? null) !== move.from)
    if (stale.length > 0) return { status: 'stale', tables: stale.map((move) => move.table) }
    await checkOwners(transaction, publication, overlay)
    await refuseForeign(transaction, environment.name, publication.moves)
    const number = await appendPublication(transaction, publication)
    for (const move of publication.moves) {
      await applyMove(transaction, number, publication.environment, move, environment.base !== null)
      await failpoint('publish:inside')
    }
    return { status: 'done' }
  })
  await failpoint('publish:after')
  return result
}

async function isDone(db: CatalogDb, publication: Publication): Promise<boolean> {
  const row = await db.selectFrom('publication').select('number').where('id', '=', publication.id).executeTakeFirst()
  return row !== undefined
}

/** Puts pointers of these tables that are not where our log left them into the log. */
async function recordForeign(db: CatalogDb, publication: Publication, overlay: Overlay): Promise<void> {
  const { environment } = publication
  const moves: Move[] = []
  for (const [table, to] of overlay) {
    if (to === null) continue
    const from = await loggedVersion(db, environment, table)
    if (from !== null && from !== to.version) moves.push({ table, from, to, how: 'foreign' })
  }
  if (moves.length === 0) return
  const row = await needEnvironment(db, environment)
  // By its place in the log: the same pointer may be moved by others, and to the same version, any number of times.
  const last = await lastPublication(db)
  const id = `foreign:${environment}:${(last?.number ?? 0) + 1}` as Publication['id']
  const parent = row.head as Publication['parent']
  const number = await appendPublication(db, { id, environment, parent, at: publication.at, run: null, moves })
  for (const move of moves) await moveOverlay(db, number, environment, move.table, 'own', move.to)
}

/** Two histories over one uuid would collide in ids and in clean-up. */
async function checkOwners(db: CatalogDb, publication: Publication, overlay: Overlay): Promise<void> {
  const newcomers = publication.moves.flatMap(({ table, to }) =>
    to === null || to.format === 'view' || overlay.get(table)?.uuid === to.uuid ? [] : [to],
  )
  if (newcomers.length === 0) return
  const owners = await ownersElsewhere(db, publication.environment)
  for (const { table, uuid } of newcomers) {
    const owner = owners.get(uuid)
    if (owner !== undefined) fail('lake/not-owner', { table, environment: publication.environment, owner })
  }
}

/** The environments that own tables, by the tables' uuids. */
async function ownersElsewhere(db: CatalogDb, environment: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db.selectFrom('overlay').selectAll().where('environment', '!=', environment).execute()
  return new Map(
    rows.flatMap((row) => (row.ref === null ? [] : [[parseStored<TableRef>(row.ref).uuid, row.environment] as const])),
  )
}

async function lastPublication(db: CatalogDb): Promise<{ number: number; ordered_at: number } | undefined> {
  const newestFirst = db.selectFrom('publication').select(['number', 'ordered_at']).orderBy('number', 'desc')
  return await newestFirst.limit(1).executeTakeFirst()
}

/** Adds a publication to the log, makes it its environment's head and answers its number. */
export async function appendPublication(
  db: CatalogDb,
  publication: Omit<Publication, 'at'> & { at: number },
): Promise<number> {
  const last = await lastPublication(db)
  const { number } = await db
    .insertInto('publication')
    .values({
      id: publication.id,
      environment: publication.environment,
      parent: publication.parent,
      at: publication.at,
      ordered_at: Math.max(publication.at, last?.ordered_at ?? 0),
      run: publication.run,
      moves: printStored(publication.moves),
      note: publication.note === undefined ? null : printStored(publication.note),
    })
    .returning('number')
    .executeTakeFirstOrThrow()
  await db
    .updateTable('environment')
    .set({ head: publication.id })
    .where('name', '=', publication.environment)
    .execute()
  return number
}

async function applyMove(
  db: CatalogDb,
  number: number,
  environment: string,
  move: Move,
  hasBase: boolean,
): Promise<void> {
  // Without a base there is nothing that a tombstone would hide.
  const absent = hasBase && move.uncovers !== true ? 'dropped' : 'gone'
  const kind = move.to === null ? absent : 'own'
  if (mayForkAgain(move)) await bumpGeneration(db, environment)
  await moveOverlay(db, number, environment, move.table, kind, move.to)
  if (move.source === undefined) return
  const { environment: from, version } = move.source
  const own = await ownTable(db, from, move.table)
  if (own === undefined || (own?.version ?? '') !== version) return
  await moveOverlay(db, number, from, move.table, 'gone')
  await bumpGeneration(db, from)
}

/** Where a table of its own goes, or its tombstone does, the environment may fork its base's table once more. That fork is not to share
 * its uuid with the one before. */
const mayForkAgain = (move: Move): boolean => move.uncovers === true || (move.from !== null && move.to === null)

/** Changes one row of an overlay, in all the tables that show it and in the log. */
export async function moveOverlay(
  db: CatalogDb,
  number: number,
  environment: string,
  table: TableName,
  kind: 'own' | 'dropped' | 'gone',
  to: TableRef | null = null,
): Promise<void> {
  const ref = to === null ? null : printStored(to)
  const row = { environment, table_name: table, ref }
  if (kind === 'gone')
    await db.deleteFrom('overlay').where('environment', '=', environment).where('table_name', '=', table).execute()
  else
    await db
      .insertInto('overlay')
      .values(row)
      .onConflict((conflict) => conflict.columns(['environment', 'table_name']).doUpdateSet({ ref }))
      .execute()
  await db
    .insertInto('overlay_log')
    .values({ publication: number, kind, ...row })
    .execute()
  await movePointer(db, environment, table, to)
}

/** Keeps the rows that other programs read. A view has no metadata file, so they do not see it. */
async function movePointer(db: CatalogDb, environment: string, table: TableName, to: TableRef | null): Promise<void> {
  const { namespace, name } = splitName(table)
  if (to === null || to.format !== 'iceberg') {
    await db
      .deleteFrom('iceberg_tables')
      .where('catalog_name', '=', environment)
      .where('table_namespace', '=', namespace)
      .where('table_name', '=', name)
      .execute()
    return
  }
  await db
    .insertInto('iceberg_namespace_properties')
    .values({ catalog_name: environment, namespace, property_key: 'exists', property_value: 'true' })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  await db
    .insertInto('iceberg_tables')
    .values({
      catalog_name: environment,
      table_namespace: namespace,
      table_name: name,
      metadata_location: to.version,
      previous_metadata_location: null,
      iceberg_type: 'TABLE',
    })
    .onConflict((conflict) =>
      conflict.columns(['catalog_name', 'table_namespace', 'table_name']).doUpdateSet((old) => ({
        metadata_location: to.version,
        previous_metadata_location: old.ref('iceberg_tables.metadata_location'),
      })),
    )
    .execute()
}
