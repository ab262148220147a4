import { randomUUID } from 'node:crypto'
import { mkdtempSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type {
  Catalog,
  Columns,
  Draft,
  Fingerprint,
  Hash,
  Instant,
  Move,
  Progress,
  Publication,
  PublicationId,
  Staged,
  TableChange,
  TableFormat,
  TableName,
  TableRef,
  TableSpec,
  Written,
} from '@millrace/core'
import { type Failpoint, icebergFormat, localStore, openSqliteCatalog } from '@millrace/lake'

const hash = (text: string): Hash => text as Hash
export const instant = (ms: number): Instant => ms as Instant
export const publicationId = (text: string): PublicationId => text as PublicationId

export const made: Fingerprint = {
  rows: hash('r1'),
  columns: { id: hash('c1') },
  layout: hash('l1'),
  promise: hash('p1'),
  reader: 'duckdb-1.5',
  text: hash('t1'),
}

export const progress: Progress = { covered: [], position: { 'orders.csv': '12' }, origin: hash('prod-db') }

export function temporaryFolder(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'millrace-lake-')))
}

export interface Lake {
  readonly folder: string
  readonly catalog: Catalog
  readonly format: TableFormat
}

/** A lake in a folder of its own, with the environment prod. */
export async function openLake(folder: string = temporaryFolder(), failpoint: Failpoint = () => {}): Promise<Lake> {
  const catalog = await openSqliteCatalog({ path: join(folder, 'catalog.db'), failpoint })
  await catalog.createEnvironment({ name: 'prod' })
  return { folder, catalog, format: icebergFormat({ store: localStore(), newId: randomUUID, failpoint }) }
}

export type Spec = TableSpec & { readonly columns: Columns }

export const spec = (columns: Columns, more: Partial<TableSpec> = {}): Spec => ({ write: 'append', ...more, columns })

export function change(add: Written, more: Partial<TableChange> = {}): TableChange {
  return { id: randomUUID(), add, remove: 'none', made, progress, operation: 'append', at: instant(1_000), ...more }
}

export const noFiles: Written = { files: [], rows: 0, bytes: 0 }

export async function draftOf(lake: Lake, table: TableName, wanted: Spec, environment = 'prod'): Promise<Draft> {
  const base = (await lake.catalog.resolve(environment)).get(table) ?? null
  return await lake.format.draft(table, base, join(lake.folder, 'lake', table.replace('.', '/')), wanted)
}

let publications = 0

export async function publish(
  lake: Lake,
  staged: readonly Staged[],
  more: Partial<Publication> & { readonly how?: Move['how'] } = {},
): Promise<Publication> {
  const { how = 'run', ...rest } = more
  const publication: Publication = {
    id: publicationId(`publication-${(publications += 1)}`),
    environment: 'prod',
    parent: null,
    at: instant(2_000 + publications),
    run: null,
    moves: staged.map((one) => ({ table: one.next.table, from: one.base?.version ?? null, to: one.next, how })),
    ...rest,
  }
  const result = await lake.catalog.publish(publication)
  if (result.status !== 'done') throw new Error(`stale: ${result.tables.join(', ')}`)
  return publication
}

export async function headOf(lake: Lake, table: TableName, environment = 'prod'): Promise<TableRef> {
  const ref = (await lake.catalog.resolve(environment)).get(table)
  if (ref === undefined) throw new Error(`no table ${table}`)
  return ref
}
