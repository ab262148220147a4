// Clean-up removes what nothing can show any more. Invariants:
// 1. It holds the lease of every table of every environment, and begins only when no run holds any other: a run also writes
//    tables that nobody shows yet. Files younger than this clean-up belong to runs that began after it, and stay; files
//    younger than the grace belong to programs that do not ask for leases, and stay.
// 2. A file goes only when no version refers to it: of any environment now, of any publication within the time kept, also as
//    what that replaced, of any run staged within it. Files are shared between environments, so this is asked of all of them together.
//    A clean-up that was stopped for longer than its leases removes no more: what it took for nobody's may be shown again. It ends
//    late leases itself, also of tables that nobody shows yet, for what it removes may be what their holders have staged. A
//    publication asks for its leases within the catalog's transaction, so none is left half way between when the catalog is quiet.
// 3. Pointers move before files go. A crash in between leaves files for the next clean-up, never a pointer to nothing.
import { realpathSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { publishMoves } from '../environments/publish-moves.ts'
import { forget, saidKeep } from './expire.ts'
import { versionsRead } from './versions-read.ts'
import { newId, type Lakehouse } from '../workspace/lakehouse.ts'
import {
  type Graph,
  type Instant,
  type KeepVersions,
  MillraceError,
  type Move,
  parseDuration,
  type Publication,
  type RunId,
  type TableName,
  type TableRef,
} from '@millrace/core'
import { toPath } from '@millrace/lake'
import { failpoint } from '../execute/failpoint.ts'
import { type HeldLeases, holdLeases, leaseMs } from '../execute/leases.ts'
import { refuseOthers } from '../execute/with-leases.ts'
import { isAlive } from '../state/process.ts'

export interface CleanOptions {
  /** What definitions say of how long versions stay; a table without a word keeps none beyond the time. null: all stay. */
  readonly graph: Pick<Graph, 'nodes' | 'producers'> | null
  readonly keepMs: number
  /** How young a file may be to be left alone. */
  readonly graceMs: number
  readonly dryRun: boolean
}

export interface Cleaned {
  readonly versions: number
  readonly files: number
  readonly bytes: number
}

export async function clean(lakehouse: Lakehouse, options: CleanOptions): Promise<Cleaned> {
  const run = `clean-${newId().slice(0, 8)}` as RunId
  const started = lakehouse.clock.now()
  const environments = await lakehouse.catalog.environments()
  const held: HeldLeases[] = []
  try {
    // Who only looks is in nobody's way.
    for (const { name } of options.dryRun ? [] : environments) {
      const tables = [...(await lakehouse.catalog.resolve(name)).keys()]
      held.push(
        await holdLeases({ ...lakehouse, environment: name }, run, tables, { signal: new AbortController().signal }),
      )
    }
    refuseOthers(await lakehouse.state.leases(lakehouse.clock.now(), isAlive), run)
    if (!options.dryRun) {
      await lakehouse.state.endLate(run, lakehouse.clock.now())
      await lakehouse.catalog.quiesce()
    }
    const { versions, fewer } = await expireAll(lakehouse, options, held)
    const swept = await sweep(lakehouse, options, { started, fewer, held })
    return { versions, ...swept }
  } finally {
    for (const leases of held) await leases.release()
  }
}

/** By version: the same table with fewer versions of its own. */
type Fewer = ReadonlyMap<string, TableRef>

/** Forgets the old versions of every table, each environment's own. A dry run makes the new metadata too, which nothing names. */
async function expireAll(
  lakehouse: Lakehouse,
  options: CleanOptions,
  held: readonly HeldLeases[],
): Promise<{ readonly versions: number; readonly fewer: Fewer }> {
  const fewer = new Map<string, TableRef>()
  let versions = 0
  const { graph } = options
  if (graph === null) return { versions, fewer }
  const read = await versionsRead(lakehouse)
  for (const environment of await lakehouse.catalog.environments()) {
    const moves: Move[] = []
    for (const [table, ref] of Object.entries(environment.overlay) as [TableName, TableRef | null][]) {
      if (ref === null || ref.format === 'view') continue
      const before = (await lakehouse.format.versions(ref)).length
      const keep = keepFor(graph, table, { keepMs: options.keepMs, now: lakehouse.clock.now() })
      const [move] = await forget(lakehouse, ref, { ...keep, read: read.get(table) ?? new Set() })
      if (move === undefined || move.to === null) continue
      versions += before - (await lakehouse.format.versions(move.to)).length
      fewer.set(ref.version, move.to)
      moves.push(move)
    }
    if (moves.length === 0 || options.dryRun) continue
    const there = { ...lakehouse, environment: environment.name }
    await publishMoves(there, 'clean', moves, { confirm: () => confirmAll(held) })
  }
  return { versions, fewer }
}

/** What is younger than either says stays. */
function keepFor(
  graph: Pick<Graph, 'nodes' | 'producers'>,
  table: TableName,
  { keepMs, now }: { readonly keepMs: number; readonly now: Instant },
): Omit<KeepVersions, 'read'> {
  const said = saidKeep(graph, table)
  const history = said?.history === undefined ? 0 : (parseDuration(said.history) ?? 0)
  return { versions: said?.versions ?? 1, newerThan: (now - Math.max(keepMs, history)) as Instant }
}

async function sweep(
  lakehouse: Lakehouse,
  options: CleanOptions,
  { started, fewer, held }: { readonly started: Instant; readonly fewer: Fewer; readonly held: readonly HeldLeases[] },
): Promise<Omit<Cleaned, 'versions'>> {
  const needed = await neededFiles(lakehouse, (lakehouse.clock.now() - options.keepMs) as Instant, fewer)
  const young = started - options.graceMs
  const doomed: string[] = []
  let bytes = 0
  const lake = join(lakehouse.paths.lake, '/')
  const places = realPlaces()
  const spared = new Set([...needed].map((path) => places(toPath(path))))
  for await (const file of lakehouse.store.list(lake)) {
    if (!isOurs(file.path.slice(lake.length)) || file.modifiedMs > young) continue
    if (needed.has(file.path) || spared.has(places(file.path))) continue
    doomed.push(file.path)
    bytes += file.bytes
  }
  if (!options.dryRun) {
    let confirmed = -Infinity
    for (const path of doomed.toSorted((a, b) => rank(a) - rank(b))) {
      if (Math.abs(lakehouse.clock.now() - confirmed) > leaseMs / 3) {
        await confirmAll(held)
        confirmed = lakehouse.clock.now()
      }
      await lakehouse.store.remove([path])
      failpoint('clean.removing')
    }
    await lakehouse.catalog.keepOnlyStatesOf(needed)
  } else await lakehouse.store.remove([...fewer.values()].map(({ version }) => toPath(version)))
  return { files: doomed.length, bytes }
}

/** Whether it lies where tables and views do, `dev/silver/orders-1f2e3d4c/` or `dev/views/`: a folder that the user chose may hold
 * anything else. */
function isOurs(path: string): boolean {
  return /^[^/]+\/(?:views|[^/]+\/[^/]+-[0-9a-f]{8})\//.test(path)
}

/** Where a file lies, whatever the links on the way to it: versions may name it by another way than the lake is reached by. */
function realPlaces(): (path: string) => string {
  const folders = new Map<string, string>()
  return (path) => {
    const folder = dirname(path)
    const known = folders.get(folder) ?? realPlace(folder)
    folders.set(folder, known)
    return join(known, basename(path))
  }
}

function realPlace(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}

/** What says that a version is there goes before what it names: a clean-up that dies in between leaves no version that looks whole. */
function rank(path: string): number {
  if (path.endsWith('.metadata.json')) return 0
  if (/\/snap-[^/]+\.avro$/.test(path)) return 1
  return path.endsWith('.avro') ? 2 : 3
}

async function confirmAll(held: readonly HeldLeases[]): Promise<void> {
  for (const leases of held) await leases.confirm()
}

/** However many publications there were within the time. */
const all = Number.MAX_SAFE_INTEGER

/** Every file that anything may still show. A version whose own metadata is gone needs nothing any more. */
async function neededFiles(lakehouse: Lakehouse, since: Instant, fewer: Fewer): Promise<ReadonlySet<string>> {
  const refs = new Map<string, TableRef>()
  const keep = (ref: TableRef | null): void => {
    if (ref !== null) refs.set(ref.version, ref)
  }
  for (const { name } of await lakehouse.catalog.environments()) {
    for (const ref of (await lakehouse.catalog.resolve(name)).values()) keep(fewer.get(ref.version) ?? ref)
    // Elsewhere nothing is swept, so what lies there need not be readable.
    for (const ref of (await lakehouse.catalog.foreign(name)).values())
      if (ref.location.startsWith(join(lakehouse.paths.lake, '/'))) keep(ref)
  }
  for (const ref of await shownSince(lakehouse, since)) keep(ref)
  for (const ref of await lakehouse.state.stagedSince(since)) keep(ref)
  const needed = new Set<string>()
  // Each version names all before it: without this a table of 500 would have their lists read a hundred thousand times.
  const told = new Set<string>()
  for (const ref of refs.values()) {
    needed.add(ref.version)
    if (ref.format === 'view') continue
    try {
      for await (const path of lakehouse.format.reachable([ref], told)) needed.add(path)
    } catch (error) {
      // A current version that cannot be read must stop the clean-up: its files would look like nobody's.
      if (!(error instanceof MillraceError) || (await isCurrent(lakehouse, ref))) throw error
    }
  }
  return needed
}

/** What the publications since then made visible, and what they replaced: that was visible until then. */
async function shownSince({ catalog }: Lakehouse, since: Instant): Promise<readonly TableRef[]> {
  const log: Publication[] = []
  for (const { name } of await catalog.environments()) log.push(...(await catalog.log(name, all)))
  const made = log.flatMap(({ moves }) => moves.flatMap(({ to }) => to ?? []))
  const byVersion = new Map(made.map((ref) => [ref.version, ref]))
  const moves = log.filter(({ at }) => at >= since).flatMap((publication) => publication.moves)
  return moves.flatMap((move) =>
    [move.to ?? [], ...replacedBy(move).map((version) => byVersion.get(version) ?? [])].flat(),
  )
}

/** The versions that a move took away, of the environment that a promotion came from too. A table that only forgot old versions
 * still shows all that is to stay of it. */
function replacedBy({ from, how, source }: Move): readonly string[] {
  return how === 'maintenance' ? [] : [from ?? [], source?.version ?? []].flat()
}

async function isCurrent(lakehouse: Lakehouse, ref: TableRef): Promise<boolean> {
  for (const { name } of await lakehouse.catalog.environments()) {
    if ((await lakehouse.catalog.resolve(name)).get(ref.table)?.version === ref.version) return true
    if ((await lakehouse.catalog.foreign(name)).get(ref.table)?.version === ref.version) return true
  }
  return false
}
