import type { Issue, Project, SqlFacts, SqlReader, TableName } from '@millrace/core'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadProject, type LoadOptions } from '../src/index.ts'

/** A project's folder for one test. */
export class Folder {
  readonly root: string = mkdtempSync(join(tmpdir(), 'millrace-project-'))

  write(files: Readonly<Record<string, string>>): this {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.root, path)), { recursive: true })
      writeFileSync(join(this.root, path), content)
    }
    return this
  }

  remove(): void {
    rmSync(this.root, { recursive: true })
  }
}

const folders: Folder[] = []

/** A folder with files; `removeFolders` takes it away. */
export function folder(files: Readonly<Record<string, string>>): Folder {
  const made = new Folder().write(files)
  folders.push(made)
  return made
}

export function removeFolders(): void {
  for (const one of folders.splice(0)) one.remove()
}

export const config =
  "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'shop', environments: { dev: {} } })\n"

/** A file of TypeScript that defines a model. */
export const model = (more: string): string => `import { defineModel } from 'millrace'
${more}`

/** Reads no SQL: for tests of everything around it. */
export const noSql: SqlReader = {
  version: 'none',
  ahead() {},
  async read(models) {
    return new Map<TableName, SqlFacts>(models.map((one) => [one.name, { ...nothing, columns: {} }]))
  },
  async close() {},
}

const nothing = {
  reads: [],
  params: [],
  rows: '' as SqlFacts['rows'],
  columnHashes: {},
  needs: { rows: [], columns: {} },
  lineage: [],
  uses: {},
  joins: [],
  broughtBy: [],
  takesSome: false,
  drops: [],
  unsteady: [],
  ranges: {},
  windows: {},
  issues: [],
}

export async function load(
  { root }: Folder,
  options: Partial<LoadOptions> = {},
): Promise<{ project: Project; issues: readonly Issue[]; told: readonly string[] }> {
  const { project, issues } = await loadProject(root, { sqlReader: noSql, ...options })
  return { project, issues, told: issues.map(short) }
}

/** `code file:line:column+length [candidates]`. */
export const short = ({ code, at, candidates }: Issue): string =>
  `${code} ${at?.file}:${at?.line}:${at?.column}+${at?.length}${candidates === undefined ? '' : ` [${candidates.join()}]`}`
