import { hash as digest, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type Catalog,
  type Clock,
  type Engine,
  type EnvironmentConfig,
  type Hash,
  type Instant,
  type ObjectStore,
  type RunId,
  type TableFormat,
  type TableName,
  type TableRef,
  type TableState,
  fail,
} from '@millrace/core'
import { isReadOnly } from '@millrace/database'
import { duckdbEngine } from '@millrace/engine-duckdb'
import { icebergFormat, localStore, openSqliteCatalog } from '@millrace/lake'
import { setTimeout as delay } from 'node:timers/promises'
import { failpoint } from '../execute/failpoint.ts'
import { State } from '../state/state.ts'
import { type ViewFormat, viewFormat } from '../views/view-format.ts'
import { refuseLost } from './lost.ts'
import { refuseOthersLake, rememberedFolder } from './moved.ts'
import { type Paths, pathsOf } from './paths.ts'

/** Everything that commands work with: opened once, closed at the end. The engine starts when it is first needed. */
export interface Lakehouse {
  readonly paths: Paths
  readonly environment: string
  readonly catalog: Catalog
  readonly state: State
  readonly store: ObjectStore
  readonly format: TableFormat
  readonly views: ViewFormat
  readonly clock: Clock
  readonly parallel: number
  readonly threads: number
  readonly memoryBytes: number
  engine(): Engine
  /** Starts processes of the engine while the caller still does other things. */
  warm(workers: number): void
  close(): Promise<void>
}

export interface OpenLakehouse {
  readonly project: string
  readonly environment: string
  readonly config: EnvironmentConfig
  readonly parallel?: number
  /** Only asks: that also goes on a disk that cannot be written. */
  readonly reads?: boolean
}

export const hash = (text: string): Hash => digest('sha256', text).slice(0, 32) as Hash
export const newId = (): string => randomUUID()

const systemClock: Clock = {
  now: () => Date.now() as Instant,
  sleep: async (ms, cancel) => {
    const until = Date.now() + ms
    // A cancel is only a flag, so it is looked at from time to time.
    const over = (): boolean => cancel?.aborted === true || Date.now() >= until
    while (!over()) await delay(Math.min(Math.max(1, until - Date.now()), 100))
  },
}

export async function openLakehouse(options: OpenLakehouse): Promise<Lakehouse> {
  refuseUnsupported(options)
  const { reads = false } = options
  const project = rememberedFolder(pathsOf(options.project))
  const own = pathsOf(project, options.config.lake === undefined ? undefined : resolve(project, options.config.lake))
  const readOnly = reads && isReadOnly(own.catalog)
  await refuseLost(own, { readOnly })
  if (options.config.lake !== undefined) refuseOthersLake(own)
  const store = localStore()
  const catalog = await openSqliteCatalog({ path: own.catalog, readOnly, failpoint })
  const state = reads ? State.whenAsked(own.state, { readOnly }) : await State.open(own.state)
  const paths = readOnly ? { ...own, temp: await mkdtemp(join(tmpdir(), 'millrace-')) } : own
  const parallel = options.parallel ?? Math.max(2, Math.min(8, cpus().length))
  const memoryBytes = parseBytes(options.config.engineMemory) ?? Math.min(4e9, Math.floor(totalmem() / 2))
  let made: Engine | undefined
  const engine = (): Engine => (made ??= duckdbEngine({ memoryBytes, threads: cpus().length, workers: parallel }))
  return {
    paths,
    environment: options.environment,
    catalog,
    state,
    store,
    format: icebergFormat({ store, newId, failpoint }),
    views: viewFormat(store, hash),
    clock: systemClock,
    parallel,
    threads: cpus().length,
    memoryBytes,
    engine,
    warm: (workers) => void warm(engine(), Math.min(workers, parallel), paths.temp),
    close: async () => {
      await made?.close()
      await state.close()
      await catalog.close()
      if (readOnly) await rm(paths.temp, { recursive: true, force: true })
    },
  }
}

/** A setting that would silently do nothing is worse than none. */
function refuseUnsupported({ environment, config }: OpenLakehouse): void {
  const { engine, lake, state } = config
  if (engine !== undefined && engine !== 'duckdb')
    fail('env/unsupported', { environment, setting: 'engine', value: engine })
  if (lake !== undefined && /^\w+:\/\//.test(lake))
    fail('env/unsupported', { environment, setting: 'lake', value: lake })
  if (state !== undefined) fail('env/unsupported', { environment, setting: 'state', value: state.secret })
}

/** A session that ends at once leaves its process behind for the next. */
async function warm(engine: Engine, workers: number, spill: string): Promise<void> {
  const scope = { run: 'warm' as RunId, memoryBytes: 0, threads: 1, spill }
  const sessions = await Promise.all(Array.from({ length: workers }, () => engine.open(scope)))
  for (const session of sessions) await session.close()
}

/** Reads `512MB`, `2GiB`; undefined when nothing was said. */
function parseBytes(text: string | undefined): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b\s*$/i.exec(text ?? '')
  if (match === null) return undefined
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase())
  return Math.floor(Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** power)
}

/** The state of a table's version, from the catalog's copy where it has one. */
export async function stateOf(lakehouse: Lakehouse, ref: TableRef): Promise<TableState> {
  const states = await statesOf(lakehouse, new Map([[ref.table, ref]]))
  return states.get(ref.table) ?? (await loadState(lakehouse, ref))
}

/** A kept state as it was loaded: with a long position, and under the reference that was asked for. Of another program's table
 * only the state knows the uuid. */
async function whole({ format }: Lakehouse, kept: TableState, ref: TableRef): Promise<TableState> {
  const state = { ...kept, ref: { ...ref, uuid: ref.uuid || kept.ref.uuid } }
  if (kept.positionFile === undefined) return state
  return { ...state, progress: { ...kept.progress, position: await format.position(kept.positionFile, ref.table) } }
}

/** The state as the table's own files tell it. */
export async function loadState({ views, format }: Lakehouse, ref: TableRef): Promise<TableState> {
  return ref.format === 'view' ? await views.state(ref) : await format.load(ref)
}

/** The states of many tables in one look at the catalog; those that it has not yet are kept there, in one write. */
export async function statesOf(
  lakehouse: Lakehouse,
  refs: ReadonlyMap<TableName, TableRef>,
): Promise<ReadonlyMap<TableName, TableState>> {
  const kept = await lakehouse.catalog.states([...refs.values()].map((ref) => ref.version))
  const out = new Map<TableName, TableState>()
  const loaded: TableState[] = []
  for (const [table, ref] of refs) {
    const known = kept.get(ref.version)
    const state = known === undefined ? await loadState(lakehouse, ref) : await whole(lakehouse, known, ref)
    out.set(table, state)
    if (known === undefined) loaded.push(state)
  }
  await keepStates(lakehouse, loaded)
  return out
}

/** A view's state is as quickly read as kept. */
export async function keepStates({ catalog }: Lakehouse, states: readonly TableState[]): Promise<void> {
  await catalog.keepStates(states.filter(({ ref }) => ref.format !== 'view'))
}

/** A folder of its own for each table: `silver/orders-1f2e3d4c`. */
export function newLocation(paths: Paths, environment: string, table: TableName): string {
  const [layer, name] = table.split('.') as [string, string]
  return join(paths.lake, environment, layer, `${name}-${newId().slice(0, 8)}`)
}

/** The same folder each time the same scope forks the same table: a scope shows the fork before it exists. */
export function forkLocation(
  paths: Paths,
  scope: { readonly name: string; readonly generation: number },
  base: TableRef,
): string {
  const [layer, name] = base.table.split('.') as [string, string]
  const mark = hash(`${scope.name} ${base.uuid} ${scope.generation}`).slice(0, 8)
  return join(paths.lake, scope.name, layer, `${name}-${mark}`)
}
