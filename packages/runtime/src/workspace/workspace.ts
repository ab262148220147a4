import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Environment, type EnvironmentConfig, fail, type Graph, type Issue, type Session } from '@millrace/core'
import { startAhead } from '@millrace/engine-duckdb'
import { findProject } from '@millrace/project'
import { type DuckSqlReader, openSqlReader } from '@millrace/sql'
import { needEnvironment } from '../environments/need-environment.ts'
import { recover } from '../execute/run.ts'
import type { ProjectHead } from '../kept/kept-graph.ts'
import { standingGraph, wholeGraph } from '../kept/read-graph.ts'
import { leasesIn } from '../execute/with-leases.ts'
import { isAlive } from '../state/process.ts'
import { tidyTemp } from './tidy-temp.ts'
import { type Lakehouse, newId, openLakehouse } from './lakehouse.ts'
import { pathsOf } from './paths.ts'

/** A project that was read, with the lakehouse of one environment. */
export interface Workspace extends Queries {
  readonly project: ProjectHead
  readonly graph: Graph
  /** Mistakes in the project; nothing may be run while there are any. */
  readonly issues: readonly Issue[]
}

/** What asking needs: the tables, but not the project's definitions. */
export interface Queries {
  readonly root: string
  readonly lakehouse: Lakehouse
  readonly reader: DuckSqlReader
  readonly cancel: AbortSignal
  /** A folder for what is gone with these queries, also after a crash; made by whoever needs it. */
  readonly temp: string
  session(): Promise<Session>
  close(): Promise<void>
}

export interface OpenOptions {
  readonly dir?: string | undefined
  readonly environment?: string | undefined
  /** The caller means to run what there is to do. */
  readonly runs?: boolean
  /** The caller only asks: that also goes on a disk that cannot be written. */
  readonly reads?: boolean
  /** The caller works on what the environment stands on, be it what the project says or not. */
  readonly standing?: boolean
  /** The caller takes the environment away: whether it stands where the project says is no matter, and none is made. */
  readonly drops?: boolean
}

const keepRunsMs = 30 * 86_400_000

/** Opens the project that a folder lies in, and one of its environments. */
export async function openWorkspace(options: OpenOptions): Promise<Workspace> {
  const root = rootOf(options.dir)
  const reader = openSqlReader({ cacheDir: join(root, '.millrace', 'cache') })
  // One without a catalog was never run: there will be work for this process.
  if (options.runs === true && !existsSync(pathsOf(root).catalog)) startAhead()
  const open = (project: ProjectHead): Promise<Queries> => openStarted(root, reader, project.environments, options)
  const standing = standingGraph(root, reader)
  // What a project says of its environments still holds, so they are opened while an edited model is read.
  const [opened, short] =
    standing === null ? [null, null] : await Promise.all([open(standing.project), standing.read()])
  const early: Promise<Queries>[] = []
  const openEarly = (project: ProjectHead): void => {
    if (opened !== null) return
    const opening = open(project)
    // Awaited below; until then nobody would hear of its failure.
    opening.catch(() => {})
    early.push(opening)
  }
  const { kept, project, graph, issues } = short ?? (await wholeGraph(root, reader, openEarly))
  // A configuration with mistakes was not told of early: it makes no environments.
  const queries = opened ?? (await (early[0] ?? openStarted(root, reader, null, options)))
  const close = async (): Promise<void> => {
    await kept
    await queries.close()
  }
  return { ...queries, close, project, graph, issues: issues.map((one) => absolute(one, root)) }
}

/** Opens the tables of a project without reading its definitions. */
export async function openQueries(options: OpenOptions): Promise<Queries> {
  const root = rootOf(options.dir)
  const reader = openSqlReader({ cacheDir: join(root, '.millrace', 'cache') })
  return await openQueriesAt(root, reader, null, options)
}

function rootOf(dir: string | undefined): string {
  const folder = dir ?? process.cwd()
  return findProject(folder)?.root ?? fail('project/not-found', { folder })
}

/** With what a crash left open settled. */
async function openStarted(...of: Parameters<typeof openQueriesAt>): Promise<Queries> {
  const queries = await openQueriesAt(...of)
  await startUp(queries.lakehouse)
  return queries
}

async function openQueriesAt(
  root: string,
  reader: DuckSqlReader,
  environments: Readonly<Record<string, EnvironmentConfig>> | null,
  { environment = 'dev', reads = false, standing = false, drops = false }: OpenOptions,
): Promise<Queries> {
  const config = environments?.[environment] ?? {}
  const lakehouse = await openLakehouse({ project: root, environment, config, reads })
  if (environments !== null) {
    // One that was just dropped would be made again, and keep the base below it from being dropped.
    await ensureEnvironments(lakehouse, drops ? null : environments)
    if (!drops && !standing) await refuseOtherBase(lakehouse, environments)
  }
  const sessions: Session[] = []
  const temp = join(lakehouse.paths.temp, `query-${process.pid}-${newId().slice(0, 8)}`)
  return {
    root,
    lakehouse,
    reader,
    cancel: new AbortController().signal,
    temp,
    session: async () => {
      const session = await lakehouse.engine().open({
        run: `query-${newId()}` as never,
        memoryBytes: lakehouse.memoryBytes,
        threads: lakehouse.threads,
        spill: join(temp, String(sessions.length)),
      })
      sessions.push(session)
      return session
    },
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()))
      await reader.close()
      await lakehouse.close()
      await rm(temp, { recursive: true, force: true })
    },
  }
}

/** The environments that the project names exist from the start, bases first; others are made with `millrace env`. One that was
 * never used moves to the base that the project gives it. null: none is made. */
async function ensureEnvironments(
  lakehouse: Lakehouse,
  configs: Readonly<Record<string, EnvironmentConfig>> | null,
): Promise<void> {
  const { catalog, environment } = lakehouse
  const known = new Map((await catalog.environments()).map((one) => [one.name, one]))
  const ensure = async (name: string): Promise<void> => {
    const base = configs?.[name]?.base
    const stands = known.get(name)
    if (stands !== undefined && (stands.base?.environment === base || (await isUsed(lakehouse, stands)))) return
    if (base !== undefined) await ensure(base)
    const on = base === undefined ? {} : { base: { environment: base, at: 'latest' as const } }
    known.set(name, await catalog.createEnvironment({ name, ...on, rebases: true }))
  }
  if (configs !== null) for (const name of namesOf(configs)) await ensure(name)
  await needEnvironment(catalog, environment)
}

/** Whether something was published in it, another stands on it, or a run is at work there. */
async function isUsed(lakehouse: Lakehouse, { name, head }: Environment): Promise<boolean> {
  if (head !== null) return true
  const environments = await lakehouse.catalog.environments()
  if (environments.some((one) => one.base?.environment === name)) return true
  return (await leasesIn(lakehouse, name)).length > 0
}

function namesOf(configs: Readonly<Record<string, EnvironmentConfig>>): readonly string[] {
  const names = Object.keys(configs)
  return names.length === 0 ? ['dev'] : names
}

/** An environment cannot be put on another base, and what it shows would not be what the project says. */
async function refuseOtherBase(
  { catalog, environment }: Lakehouse,
  configs: Readonly<Record<string, EnvironmentConfig>>,
): Promise<void> {
  for (let name: string | null = environment; name !== null;) {
    const stands: string | null = (await catalog.environment(name))?.base?.environment ?? null
    const said: EnvironmentConfig | undefined = configs[name]
    // A base that the project does not have is told with its other mistakes.
    const isMistaken = said?.base !== undefined && configs[said.base] === undefined
    if (said !== undefined && !isMistaken && (said.base ?? null) !== stands)
      fail('env/base-changed', { name, stands, said: said.base ?? null })
    name = stands
  }
}

/** Settles what a crash left open, and forgets runs of long ago. */
async function startUp(lakehouse: Lakehouse): Promise<void> {
  await recover(lakehouse)
  const now = lakehouse.clock.now()
  await lakehouse.state.tidy((now - keepRunsMs) as typeof now, now, isAlive)
  await tidyTemp(lakehouse, isAlive)
}

/** The project's files are named from its root; messages name them from where the user stands. */
function absolute(one: Issue, root: string): Issue {
  if (one.at === undefined) return one
  const file = join(root, one.at.file)
  return existsSync(file) ? { ...one, at: { ...one.at, file } } : one
}
