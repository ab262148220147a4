import {
  type Columns,
  issue,
  type Issue,
  type Origin,
  placeAt,
  type Project,
  type SqlFacts,
  type SqlModel,
  type SqlReader,
  type TableName,
  withHistory,
} from '@millrace/core'
import { LineCache } from '@millrace/sql'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type CodeFile, loadCode } from './code/load-code.ts'
import { readChecks } from './definitions/check-sql.ts'
import { type CodeCheck, readCodeFile } from './definitions/code-file.ts'
import { type Config, noConfig, readConfig } from './definitions/config-file.ts'
import type { DraftDefinition, Found } from './definitions/draft.ts'
import { finishColumns } from './definitions/finish.ts'
import { headerOfSeed, readSeed } from './definitions/seed-file.ts'
import { readSqlFile } from './definitions/sql-file.ts'
import { withChecks, withoutTwins } from './definitions/unite.ts'
import { splitSqlFile } from './header/read-header.ts'
import { type LoadedFrom, loadedFrom } from './standing/loaded-from.ts'
import { findProject, listFiles, ofKind, type ProjectPlace } from './files/find.ts'
import { tableOfPath } from './files/table-name.ts'

export interface LoadOptions {
  readonly sqlReader: SqlReader
  /** A folder for what need not be read again; `.millrace/cache` of the project unless said otherwise, null for none. */
  readonly cacheDir?: string | null
  /** How long loading one TypeScript file may take. */
  readonly deadlineMs?: number
  /** Told as soon as the configuration has been read, if it has no mistake, while the reader still reads SQL. */
  readonly onConfig?: (config: Pick<Project, 'name' | 'environments'>) => void
}

/** A project as it stands on disk. */
export interface LoadedProject {
  /** Its folder; null where there is none. */
  readonly root: string | null
  readonly project: Project
  /** What each SQL model means; `compile` takes them. */
  readonly facts: ReadonlyMap<TableName, SqlFacts>
  /** Mistakes in files. Those of SQL are in the facts of their model, and reported by `compile`. */
  readonly issues: readonly Issue[]
  /** What it was read from; null where nothing was. */
  readonly from: LoadedFrom | null
}

const emptyProject: Project = { name: '', environments: {}, definitions: [], origins: {} }

/**
 * Finds and reads the project that a folder lies in. Nothing is thrown: every mistake of every file comes back at once.
 *
 * ```ts
 * import { loadProject } from '@millrace/project'
 * import { openSqlReader } from '@millrace/sql'
 * const sqlReader = openSqlReader()
 * const { issues } = await loadProject('/', { sqlReader })
 * await sqlReader.close()
 * issues.map((one) => one.code) //=> ['project/not-found']
 * ```
 */
export async function loadProject(folder: string, options: LoadOptions): Promise<LoadedProject> {
  const place = findProject(folder)
  if (place === null) {
    const issues = [issue('project/not-found', { folder })]
    return { root: null, project: emptyProject, facts: new Map(), issues, from: null }
  }
  const { config, found, checks, from } = await readFiles(place, options)
  if (config.issues.length === 0) options.onConfig?.({ name: config.name, environments: config.environments })
  const { definitions, issues: twins } = withoutTwins(found)
  const checked = withChecks(definitions, checks)
  const facts = await readSql(checked.definitions, found, options.sqlReader)
  const project: Project = {
    name: config.name,
    environments: config.environments,
    definitions: checked.definitions.map((one) => finishColumns(one, facts)),
    origins: originsOf(found),
  }
  const ofChecks = await readChecks({ ...project, facts }, options.sqlReader)
  const issues = [...config.issues, ...found.flatMap((one) => one.issues), ...twins, ...checked.issues, ...ofChecks]
  return { root: place.root, project, facts, issues, from }
}

interface FilesRead {
  readonly config: Config
  readonly found: readonly Found[]
  readonly checks: readonly CodeCheck[]
  readonly from: LoadedFrom
}

async function readFiles(place: ProjectPlace, options: LoadOptions): Promise<FilesRead> {
  const folder = options.cacheDir === undefined ? join(place.root, '.millrace/cache') : options.cacheDir
  const cache = await LineCache.open(folder === null ? null : join(folder, 'project-1.jsonl'))
  const text = (file: string): string => readFileSync(join(place.root, file), 'utf8')
  const files = listFiles(place.root, 'tables')
  const codeFiles = ofKind(files, '.ts')
  const sqlFiles = ofKind(files, '.sql').map((file) => sqlFileOf(file, text(file)))
  options.sqlReader.ahead(sqlFiles.map((one) => one.split.sql))
  // After the reader, which has more to do and starts on a free processor then.
  const loading = loadCode(place.root, [place.config, ...codeFiles], {
    deadlineMs: options.deadlineMs ?? 10_000,
    cache,
  })
  const fromSql = await readSqlFiles(sqlFiles, cache)
  const code = await loading
  const fromCode = codeFiles.map((file) => ({ checks: [], ...readLoaded(file, text(file), code.get(file)) }))
  const fromSeeds = readSeeds(place.root, text)
  await cache.flush()
  const found = [...fromSql, ...fromCode, ...fromSeeds]
  return {
    config: configOf(place, text(place.config), code.get(place.config)),
    found,
    checks: fromCode.flatMap((one) => one.checks),
    from: loadedFrom(place, found, code),
  }
}

/** So many headers are read before others have a turn: the reader's processes, which outline the texts meanwhile. */
const inOneTurn = 20

interface SqlFile {
  readonly file: string
  readonly text: string
  readonly split: ReturnType<typeof splitSqlFile>
}

const sqlFileOf = (file: string, text: string): SqlFile => ({ file, text, split: splitSqlFile(text) })

async function readSqlFiles(files: readonly SqlFile[], cache: LineCache): Promise<readonly Found[]> {
  const found: Found[] = []
  for (const [i, { file, text, split }] of files.entries()) {
    found.push(readSqlFile(file, text, split, cache))
    if (i % inOneTurn === inOneTurn - 1) await setImmediate()
  }
  return found
}

function configOf(place: ProjectPlace, text: string, code: CodeFile | Issue | undefined): Config {
  if (code === undefined) return noConfig()
  return 'code' in code ? noConfig(code) : readConfig(place.config, text, code)
}

function readLoaded(
  file: string,
  text: string,
  code: CodeFile | Issue | undefined,
): Found & { readonly checks?: readonly CodeCheck[] } {
  if (code !== undefined && !('code' in code)) return readCodeFile(file, text, code)
  return { file, origin: { file, text }, definitions: [], issues: code === undefined ? [] : [code] }
}

function readSeeds(root: string, text: (file: string) => string): readonly Found[] {
  const files = listFiles(root, 'seeds')
  const headers = new Set(ofKind(files, '.yaml'))
  return ofKind(files, '.csv', '.json').map((file) => {
    const header = headerOfSeed(file)
    return readSeed(file, text(file), headers.has(header) ? text(header) : null)
  })
}

function originsOf(found: readonly Found[]): Readonly<Record<string, Origin>> {
  return Object.fromEntries(found.flatMap((one) => one.definitions.map(({ name }) => [name, one.origin])))
}

async function readSql(
  definitions: readonly DraftDefinition[],
  found: readonly Found[],
  reader: SqlReader,
): Promise<ReadonlyMap<TableName, SqlFacts>> {
  const origins = originsOf(found)
  // What a file that could not be read would have defined is a broken input, not a table that does not exist.
  const known = new Map<TableName, Columns>(tablesOfBroken(found).map((table) => [table, {}]))
  const models: SqlModel[] = []
  for (const one of definitions) {
    if (one.kind === 'model' && 'sql' in one.body) models.push(sqlModel(one, one.body, origins[one.name]))
    else for (const [table, columns] of columnsOf(one)) known.set(table, columns)
  }
  return reader.read(models, known)
}

/** Tables of files that define nothing because of a mistake, by their paths. */
function tablesOfBroken(found: readonly Found[]): readonly TableName[] {
  return found
    .filter((one) => one.definitions.length === 0 && one.issues.length > 0)
    .flatMap(({ file }) => {
      const table = tableOfPath(file)
      return typeof table === 'string' ? [table] : []
    })
}

function columnsOf(definition: DraftDefinition): readonly (readonly [TableName, Columns])[] {
  const { tables } = finishColumns(definition, new Map())
  return Object.entries(tables).map(([table, spec]) => [
    table as TableName,
    withHistory(spec.write, spec.columns ?? {}),
  ])
}

type SqlDraft = DraftDefinition & { readonly kind: 'model' }

/** A model as the reader of SQL gets it. */
export function sqlModel(
  one: SqlDraft,
  body: { readonly sql: string; readonly offset: number },
  origin: Origin | undefined,
): SqlModel {
  const name = one.name as TableName
  const { file, line, column } = placeAt(origin?.file ?? name, origin?.text ?? '', body.offset)
  const declared = Object.entries(one.tables[name]?.columns ?? {}).flatMap(([key, { type }]) =>
    type === undefined ? [] : [[key, type] as const],
  )
  return {
    name,
    sql: body.sql,
    file,
    start: { line, column },
    ...(one.tables[name] === undefined ? {} : { write: one.tables[name].write }),
    ...(declared.length === 0 ? {} : { declared: Object.fromEntries(declared) }),
  }
}
