import { type Environment, fail, type PublicationId } from '@millrace/core'
import { bumpGeneration, generationOf } from './generation.ts'
import { type CatalogDb, currentOverlay } from './overlay.ts'
import { appendPublication, moveOverlay } from './publish.ts'
import { needEnvironment } from './resolve.ts'
import type { EnvironmentRow } from './tables.ts'

interface NewEnvironment {
  readonly name: string
  readonly base?: { readonly environment: string; readonly at: PublicationId | 'latest' }
  readonly rebases?: true
}

export async function listEnvironments(db: CatalogDb): Promise<readonly Environment[]> {
  const rows = await db.selectFrom('environment').selectAll().orderBy('name').execute()
  return await Promise.all(rows.map((row) => toEnvironment(db, row)))
}

export async function findEnvironment(db: CatalogDb, name: string): Promise<Environment | null> {
  const row = await db.selectFrom('environment').selectAll().where('name', '=', name).executeTakeFirst()
  return row === undefined ? null : await toEnvironment(db, row)
}

async function toEnvironment(db: CatalogDb, row: EnvironmentRow): Promise<Environment> {
  const at = (row.base_at ?? 'latest') as PublicationId | 'latest'
  return {
    name: row.name,
    ...(row.base === null ? {} : { base: { environment: row.base, at } }),
    overlay: Object.fromEntries(await currentOverlay(db, row.name)),
    head: row.head as PublicationId | null,
    generation: await generationOf(db, row.name),
  }
}

/** It becomes a folder of the lake: nothing may lead out of it. */
const nameOfEnvironment = /^[A-Za-z0-9][\w-]{0,62}$/

/** Creates an environment, whatever the number of tables it shows, in one row. A second try finds the first. */
export async function createEnvironment(db: CatalogDb, wanted: NewEnvironment): Promise<Environment> {
  if (!nameOfEnvironment.test(wanted.name)) fail('env/bad-name', { name: wanted.name })
  const row = {
    name: wanted.name,
    base: wanted.base?.environment ?? null,
    base_at: wanted.base === undefined || wanted.base.at === 'latest' ? null : wanted.base.at,
    head: null,
  }
  await db.transaction().execute(async (transaction) => {
    if (row.base !== null) await needEnvironment(transaction, row.base)
    const known = await transaction
      .selectFrom('environment')
      .selectAll()
      .where('name', '=', row.name)
      .executeTakeFirst()
    if (known === undefined) {
      await transaction.insertInto('environment').values(row).execute()
      await bumpGeneration(transaction, row.name)
    } else if (known.base !== row.base || known.base_at !== row.base_at) {
      const isUsed = known.head !== null || (await userOf(transaction, row.name)) !== undefined
      if (wanted.rebases !== true || isUsed) fail('lake/environment-exists', row)
      await transaction.updateTable('environment').set(row).where('name', '=', row.name).execute()
    }
  })
  return (await findEnvironment(db, row.name)) ?? fail('lake/no-environment', row)
}

/** One that stands on an environment. */
const userOf = async (db: CatalogDb, name: string): Promise<{ readonly name: string } | undefined> =>
  await db.selectFrom('environment').select('name').where('base', '=', name).executeTakeFirst()

/** Forgets an environment and its pointers; the log keeps what it showed. Files are left to clean-up. */
export async function dropEnvironment(db: CatalogDb, name: string, now: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    const row = await needEnvironment(transaction, name)
    const user = await userOf(transaction, name)
    if (user !== undefined) fail('lake/environment-in-use', { name, by: user.name })
    const overlay = await currentOverlay(transaction, name)
    const generation = await generationOf(transaction, name)
    const number = await appendPublication(transaction, {
      id: `drop-environment:${name}:${generation}` as PublicationId,
      environment: name,
      parent: row.head as PublicationId | null,
      at: now,
      run: null,
      moves: [],
    })
    for (const table of overlay.keys()) await moveOverlay(transaction, number, name, table, 'gone')
    await transaction.deleteFrom('iceberg_namespace_properties').where('catalog_name', '=', name).execute()
    await transaction.deleteFrom('environment').where('name', '=', name).execute()
  })
}
