import { join } from 'node:path'
import type { Instant, Staged, TableName, TableRef } from '@millrace/core'
import { change, headOf, instant, type Lake, publicationId, publish, type Spec, spec } from './lake.ts'
import { readScan, writeRows } from './parquet.ts'

export const columns = { id: { type: 'int64' }, country: { type: 'string' } } as const

/** What an environment writes on: its own table, or the fork that it would make of its base's. */
export async function writable(lake: Lake, environment: string, table: TableName): Promise<TableRef> {
  const shown = await headOf(lake, table, environment)
  const known = await lake.catalog.environment(environment)
  const own = known?.overlay[table] ?? null
  if (known === null || own !== null || known.base === undefined) return shown
  const location = join(lake.folder, 'lake', `_${environment}`, table.replace('.', '/'))
  return await lake.format.fork(shown, { name: environment, generation: known.generation }, location)
}

/** A table with two rows in prod and an environment of its own on top. */
export async function forkedIn(
  lake: Lake,
  name: string,
): Promise<{ table: `silver.${string}`; environment: string; base: TableRef }> {
  const table = `silver.${name}` as const
  await appendIn(lake, 'prod', table, 1, { at: instant(10_000) })
  await appendIn(lake, 'prod', table, 2, { at: instant(20_000) })
  await lake.catalog.createEnvironment({ name, base: { environment: 'prod', at: 'latest' } })
  return { table, environment: name, base: await headOf(lake, table) }
}

/** Appends one row in an environment and publishes it there. */
export async function appendIn(
  lake: Lake,
  environment: string,
  table: TableName,
  id: number,
  options: { readonly wanted?: Spec; readonly at?: Instant; readonly change?: Parameters<typeof change>[1] } = {},
): Promise<Staged> {
  const tables = await lake.catalog.resolve(environment)
  const base = tables.has(table) ? await writable(lake, environment, table) : null
  const location = join(lake.folder, 'lake', environment, table.replace('.', '/'))
  const draft = await lake.format.draft(table, base, location, options.wanted ?? spec(columns))
  const add = await writeRows(draft, { sql: `select ${id} as id, 'c${id}' as country, 'e${id}' as extra` })
  const staged = await lake.format.stage(draft, change(add, { at: options.at ?? instant(1_000), ...options.change }))
  await publishIn(lake, environment, staged, options.at)
  return staged
}

let count = 0

/** Publishes a staged table in an environment; a fork's first version expects no row there. */
export async function publishIn(lake: Lake, environment: string, staged: Staged, at?: Instant): Promise<void> {
  const own = (await lake.catalog.environment(environment))?.overlay[staged.next.table] ?? null
  const from = own === null ? null : (staged.base?.version ?? null)
  await publish(lake, [], {
    id: publicationId(`${environment}-${(count += 1)}`),
    environment,
    at: at ?? instant(1_000 + count),
    moves: [{ table: staged.next.table, from, to: staged.next, how: 'run' }],
  })
}

/** Promotes what an environment has made of a table. */
export async function promote(lake: Lake, environment: string, table: TableName, at: Instant): Promise<Staged> {
  const target = await headOf(lake, table, 'prod')
  const source = await headOf(lake, table, environment)
  const staged = await lake.format.advance(target, source, at)
  if ('code' in staged) throw new Error(`${staged.code}: ${String(staged.params['what'])}`)
  await publish(lake, [], {
    id: publicationId(`promote-${(count += 1)}`),
    at,
    moves: [
      {
        table,
        from: target.version,
        to: staged.next,
        how: 'fast-forward',
        source: { environment, version: source.version },
      },
    ],
  })
  return staged
}

export async function idsIn(lake: Lake, environment: string, table: TableName): Promise<number[]> {
  return await idsOf(lake, await headOf(lake, table, environment))
}

export async function idsOf(lake: Lake, ref: TableRef): Promise<number[]> {
  return (await readScan(await lake.format.offer(ref))).map((row) => Number(row['id']))
}
