import { constants, existsSync } from 'node:fs'
import { access, mkdir, opendir, statfs } from 'node:fs/promises'
import { counted, describeIssue, MillraceError, type TableName, type TableRef } from '@millrace/core'
import { join } from 'node:path'
import { localStore } from '@millrace/lake'
import { brokenFile } from '../read/broken-file.ts'
import { isAlive } from '../state/process.ts'
import { type OpenOptions, openWorkspace, type Workspace } from '../workspace/workspace.ts'
import { clean } from './clean.ts'
import { type Ground, groundOf } from './ground.ts'

export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'warning' | 'wrong'
  readonly detail: string
  readonly fix: string | null
}

type Probe<On> = readonly [what: string, look: (on: On) => Promise<readonly Finding[]>]

const ok = (what: string, detail: string): Finding => ({ what, state: 'ok', detail, fix: null })

/** Looks at everything that Millrace stands on. Each probe answers by itself: one that fails does not hide the others, and where
 * the project's own records cannot be opened, what does not need them is looked at all the same. */
export async function examine(options: OpenOptions): Promise<readonly Finding[]> {
  const ground = await groundOf(options)
  try {
    const findings = await lookAt(below, ground)
    const opened = await openWorkspace(options).catch((error: unknown) => error)
    if (!isWorkspace(opened)) {
      const unknown = isLost(opened, ground) ? await unrecorded(ground) : []
      return [...findings, wrong('records', opened), ...unknown]
    }
    try {
      return [...findings, ...(await lookAt(within, opened))]
    } finally {
      await opened.close()
    }
  } finally {
    await ground.close()
  }
}

/** Whether the catalog is gone or damaged. What else keeps it from being opened (a wrong name, a copied project, a newer version)
 * says nothing of the files: their tables are known. */
const isLost = (error: unknown, { paths }: Ground): boolean =>
  error instanceof MillraceError &&
  error.issues.some(
    ({ code, params }) =>
      code === 'lake/catalog-lost' || (code === 'database/unusable' && params['path'] === paths.catalog),
  )

const isWorkspace = (value: unknown): value is Workspace =>
  typeof value === 'object' && value !== null && 'lakehouse' in value

async function lookAt<On>(probes: readonly Probe<On>[], on: On): Promise<readonly Finding[]> {
  const out: Finding[] = []
  for (const [what, look] of probes) {
    try {
      out.push(...(await look(on)))
    } catch (error) {
      out.push(wrong(what, error))
    }
  }
  return out
}

function wrong(what: string, error: unknown): Finding {
  const [first] = error instanceof MillraceError ? error.issues : []
  const said = first === undefined ? null : describeIssue(first)
  const detail = said?.message ?? (error instanceof Error ? error.message : String(error))
  return { what, state: 'wrong', detail, fix: said?.fix ?? null }
}

/** What needs neither catalog nor state. */
const below: readonly Probe<Ground>[] = [
  ['Node', node],
  ['project', project],
  ['folder', folder],
  ['disk', disk],
  ['engine', engine],
]

const within: readonly Probe<Workspace>[] = [
  ['tables', tables],
  ['runs', runs],
  ['left-overs', leftOvers],
]

function node(): Promise<readonly Finding[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 24 || (major === 24 && minor >= 12)) return Promise.resolve([ok('Node', process.version)])
  return Promise.resolve([
    { what: 'Node', state: 'wrong', detail: `this is ${process.version}`, fix: 'Install Node 24.12 or newer.' },
  ])
}

function project({ mistakes, tables: defined, root }: Ground): Promise<readonly Finding[]> {
  if (mistakes === 0) return Promise.resolve([ok('project', `${counted(defined, 'table')} defined in ${root}`)])
  const fix = 'Run `millrace plan`: it shows each with its place.'
  return Promise.resolve([
    { what: 'project', state: 'wrong', detail: `${counted(mistakes, 'mistake')} in definitions`, fix },
  ])
}

async function folder({ paths }: Ground): Promise<readonly Finding[]> {
  try {
    await mkdir(paths.root, { recursive: true })
    await access(paths.root, constants.W_OK)
    for (const path of [paths.lake, paths.logs, paths.cache, paths.temp])
      if (existsSync(path)) await (await opendir(path)).close()
    return [ok('folder', `${paths.root} can be written`)]
  } catch (error) {
    const detail = `${paths.root} cannot be written: ${error instanceof Error ? error.message : String(error)}`
    const fix = 'Make it a folder that this user may write to; Millrace keeps its tables and records there.'
    return [{ what: 'folder', state: 'wrong', detail, fix }]
  }
}

async function disk({ root }: Ground): Promise<readonly Finding[]> {
  const { bavail, bsize } = await statfs(root)
  const free = bavail * bsize
  const detail = `${(free / 1e9).toFixed(1)} GB free`
  return free > 2e9
    ? [ok('disk', detail)]
    : [{ what: 'disk', state: 'warning', detail, fix: 'Make room, or run `millrace clean`.' }]
}

async function engine(ground: Ground): Promise<readonly Finding[]> {
  const session = await ground.session()
  const columns = await session.describe({ sql: 'select 1::int as one', inputs: {}, params: {} })
  return [ok('engine', `DuckDB answers (${counted(Object.keys(columns).length, 'column')})`)]
}

/** Every table that the environment shows can be opened, and its files are there. */
async function tables({ lakehouse }: Workspace): Promise<readonly Finding[]> {
  const refs = await lakehouse.catalog.resolve(lakehouse.environment)
  const found: Finding[] = []
  for (const ref of refs.values()) {
    const problem = ref.format === 'view' ? null : await problemOf(lakehouse, ref.table, refs)
    if (problem !== null) found.push(problem)
  }
  return found.length > 0 ? found : [ok('tables', `${refs.size} in ${lakehouse.environment}, all readable`)]
}

async function problemOf(
  lakehouse: Workspace['lakehouse'],
  table: TableName,
  refs: Awaited<ReturnType<Workspace['lakehouse']['catalog']['resolve']>>,
): Promise<Finding | null> {
  const ref = refs.get(table)
  if (ref === undefined) return null
  const made = table.replace(/__rejects$/, '')
  const owner = await ownerOf(lakehouse, table)
  const there = owner === lakehouse.environment ? '' : ` --env ${owner}`
  const fix = `Roll it back: \`millrace table ${table}${there}\` lists the publications that can still be shown, \`millrace rollback ID --table ${table}${there}\` takes one. Or build it again: \`millrace run --select ${made} --full-refresh${there}\`.`
  try {
    await lakehouse.format.load(ref)
    const { groups } = await lakehouse.format.offer(ref)
    const broken = brokenFile(groups.flatMap(({ files }) => files))
    if (broken !== null) {
      const problem = broken.problem.replace(/^it /, '')
      return { what: table, state: 'wrong', detail: `its file ${broken.path} ${problem}`, fix }
    }
  } catch (error) {
    return { what: table, state: 'wrong', detail: detailOf(error), fix }
  }
  return await olderProblem(lakehouse, ref)
}

/** A table that is whole, and has been damaged before: that it was mended cannot bring its older versions back. */
async function olderProblem({ format }: Workspace['lakehouse'], ref: TableRef): Promise<Finding | null> {
  try {
    for await (const path of format.reachable([ref])) await access(path)
    return null
  } catch (error) {
    const fix = 'The table itself is whole. Only its older versions that need this cannot be shown or rolled back to.'
    return { what: ref.table, state: 'warning', detail: `of an older version, ${detailOf(error)}`, fix }
  }
}

/** The environment whose own the table is that this one shows. */
async function ownerOf({ catalog, environment }: Workspace['lakehouse'], table: TableName): Promise<string> {
  for (let name = environment; ;) {
    const shown = await catalog.environment(name)
    if (shown?.base === undefined || Object.hasOwn(shown.overlay, table)) return name
    name = shown.base.environment
  }
}

function detailOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof MillraceError) return error.issues.map((one) => describeIssue(one).message).join('\n')
  const { code, path, message }: NodeJS.ErrnoException = error
  return code === 'ENOENT' && path !== undefined ? `its file ${path} is not there any more` : message
}

async function runs({ lakehouse }: Workspace): Promise<readonly Finding[]> {
  const now = lakehouse.clock.now()
  const leases = await lakehouse.state.leases(now, isAlive)
  const recent = await lakehouse.state.runs(20)
  const failed = recent.filter((run) => run.status === 'failed').length
  const detail = `${recent.length} recent, ${failed} failed, ${counted(leases.length, 'table')} held now`
  return [ok('runs', detail)]
}

/** Without its records nothing tells whose the files of the lake are. */
async function unrecorded({ paths }: Ground): Promise<readonly Finding[]> {
  let [files, bytes] = [0, 0]
  if (!existsSync(paths.lake)) return []
  for await (const file of localStore().list(join(paths.lake, '/'))) {
    files += 1
    bytes += file.bytes
  }
  const detail = `${counted(files, 'file')} (${(bytes / 1e6).toFixed(1)} MB) in ${paths.lake}, whose tables nothing tells`
  return files === 0 ? [] : [{ what: 'left-overs', state: 'warning', detail, fix: null }]
}

function notLookedFor(error: MillraceError): Finding {
  const [first] = error.issues
  // What a run has staged looks like nobody's until it is published.
  if (first === undefined || first.code === 'run/busy') return ok('left-overs', 'not looked for while a run is at work')
  const fix =
    'What a damaged version needs cannot be told from what nobody needs. Mend the table; where only old versions are damaged, they go with time, or at once with `millrace clean --keep 0h`.'
  return { what: 'left-overs', state: 'warning', detail: `not looked for: ${describeIssue(first).message}`, fix }
}

async function leftOvers({ lakehouse }: Workspace): Promise<readonly Finding[]> {
  const options = { graph: null, keepMs: 7 * 86_400_000, graceMs: 3_600_000, dryRun: true }
  const found = await clean(lakehouse, options).catch((error: unknown) => {
    if (error instanceof MillraceError && ['run/busy', 'lake/corrupt'].includes(error.issues[0]?.code ?? ''))
      return error
    throw error
  })
  if (found instanceof MillraceError) return [notLookedFor(found)]
  const { files, bytes } = found
  const detail = `${counted(files, 'file')} (${(bytes / 1e6).toFixed(1)} MB) that nothing shows any more`
  return bytes < 1e9
    ? [ok('left-overs', detail)]
    : [{ what: 'left-overs', state: 'warning', detail, fix: 'Run `millrace clean`.' }]
}
