import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Event, Plan, PlanOptions, TableName } from '@millrace/core'
import { describeIssue } from '@millrace/core'
import {
  openQueries,
  openWorkspace,
  planWork,
  plainRow,
  prepareQuery,
  type Queries,
  readRows,
  type RunResult,
  runWork,
  type Workspace,
} from '@millrace/runtime'
import { writeFiles } from './project.ts'

export type Row = Readonly<Record<string, unknown>>

export type Ran = RunResult & { readonly plan: Plan }

export interface RunSettings {
  readonly env?: string
  readonly plan?: PlanOptions
  readonly atomic?: boolean
  readonly wait?: boolean
  readonly onEvent?: (event: Event, workspace: Workspace) => void
  readonly signal?: AbortSignal
}

async function openSound(root: string, environment: string | undefined): Promise<Workspace> {
  const workspace = await openWorkspace({ dir: root, environment })
  const mistakes = workspace.issues.map((one) => describeIssue(one).message)
  if (mistakes.length === 0) return workspace
  await workspace.close()
  throw new Error(mistakes.join('\n'))
}

/** Opens the project as it stands now, works, closes. */
export async function withWorkspace<T>(
  root: string,
  environment: string | undefined,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openSound(root, environment)
  try {
    return await work(workspace)
  } finally {
    await workspace.close()
  }
}

/** The codes of a project's mistakes. */
export async function issuesOf(root: string): Promise<readonly string[]> {
  const workspace = await openWorkspace({ dir: root })
  await workspace.close()
  return workspace.issues.map(({ code }) => code)
}

/** Asks the tables as they are now. */
export async function withAsker<T>(root: string, work: (asker: Asker) => Promise<T>): Promise<T> {
  const asker = await Asker.open(root)
  try {
    return await work(asker)
  } finally {
    await asker.close()
  }
}

/** One run of the project as it stands now. */
export async function run(root: string, settings: RunSettings = {}): Promise<Ran> {
  return await withWorkspace(root, settings.env, (workspace) => runIn(workspace, settings))
}

export async function runIn(workspace: Workspace, settings: RunSettings = {}): Promise<Ran> {
  return await runWork(workspace, settings.plan ?? {}, {
    command: 'test',
    atomic: settings.atomic ?? false,
    wait: settings.wait ?? false,
    signal: settings.signal ?? new AbortController().signal,
    onEvent: (event) => settings.onEvent?.(event, workspace),
  })
}

/** The steps of a plan as `table: action`. */
export const steps = (plan: Plan): readonly string[] => plan.steps.map((one) => `${one.node}: ${one.action}`)

/** What a run did, as texts that an assertion shows well. */
export const said = (ran: Pick<Ran, 'status' | 'issues'>): readonly string[] => [
  ran.status,
  ...ran.issues.map((one) => one.code),
]

/** Asks the tables of a project; the engine stays warm between questions. */
export class Asker {
  readonly #queries: Queries
  readonly #session: Awaited<ReturnType<Queries['session']>>

  private constructor(queries: Queries, session: Awaited<ReturnType<Queries['session']>>) {
    this.#queries = queries
    this.#session = session
  }

  static async over(workspace: Workspace): Promise<Asker> {
    return new Asker(workspace, await workspace.session())
  }

  static async open(root: string, environment?: string): Promise<Asker> {
    const queries = await openQueries({ dir: root, environment })
    return new Asker(queries, await queries.session())
  }

  get lakehouse(): Queries['lakehouse'] {
    return this.#queries.lakehouse
  }

  async rows(sql: string, asOf?: string): Promise<readonly Row[]> {
    const { query } = await prepareQuery(this.lakehouse, this.#queries.reader, sql, { asOf })
    return (await readRows(this.#session, query)).map(plainRow)
  }

  /** Paths of the data files that a table shows. */
  async files(table: string): Promise<readonly string[]> {
    const ref = (await this.lakehouse.catalog.resolve(this.lakehouse.environment)).get(table as TableName)
    if (ref === undefined) return []
    const scan = await this.lakehouse.format.offer(ref)
    return scan.groups.flatMap((group) => group.files.map((file) => file.path)).toSorted()
  }

  async close(): Promise<void> {
    await this.#queries.close()
  }
}

/** Rows as texts in order, to compare tables as multisets. */
export const sorted = (rows: readonly Row[]): readonly string[] =>
  rows
    .map((row) => JSON.stringify(Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)))))
    .toSorted()

interface Opened {
  readonly workspace: Workspace
  readonly asker: Asker
}

/** A project at work: each environment is opened once, until a definition changes. */
export class Lab {
  readonly root: string
  readonly #opened: Map<string, Promise<Opened>> = new Map()

  constructor(root: string) {
    this.root = root
  }

  async #at(environment: string): Promise<Opened> {
    const known = this.#opened.get(environment)
    if (known !== undefined) return await known
    const opened = openSound(this.root, environment).then(async (workspace) => ({
      workspace,
      asker: await Asker.over(workspace),
    }))
    this.#opened.set(environment, opened)
    return await opened
  }

  async workspace(environment = 'dev'): Promise<Workspace> {
    return (await this.#at(environment)).workspace
  }

  async asker(environment = 'dev'): Promise<Asker> {
    return (await this.#at(environment)).asker
  }

  async run(settings: RunSettings = {}): Promise<Ran> {
    return await runIn(await this.workspace(settings.env), settings)
  }

  async plan(environment?: string): Promise<readonly string[]> {
    return steps((await planWork(await this.workspace(environment), {})).plan)
  }

  async rows(sql: string, environment?: string, asOf?: string): Promise<readonly Row[]> {
    return await (await this.asker(environment)).rows(sql, asOf)
  }

  /** Other definitions from now on. null: the file goes. */
  async edit(files: Readonly<Record<string, string | null>>): Promise<void> {
    await this.close()
    for (const [path, text] of Object.entries(files)) {
      if (text === null) rmSync(join(this.root, path))
      else writeFiles(this.root, { [path]: text })
    }
  }

  async close(): Promise<void> {
    for (const opened of this.#opened.values()) await (await opened).workspace.close()
    this.#opened.clear()
  }
}
