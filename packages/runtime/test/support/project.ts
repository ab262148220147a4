import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type Files = Readonly<Record<string, string>>

const made: string[] = []

/** A project in a folder of its own: a configuration with `dev`, and these files. */
export function makeProject(files: Files, environments = 'dev: {}'): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-runtime-')))
  made.push(root)
  const config = `import { defineProject } from 'millrace'
export default defineProject({ name: 'tests', environments: { ${environments} } })\n`
  writeFiles(root, { 'millrace.config.ts': config, ...files })
  return root
}

export function writeFiles(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

export function removeProjects(): void {
  for (const root of made.splice(0)) rmSync(root, { recursive: true, force: true })
}

/** Every file below a folder with its size, for "nothing was touched". */
export function filesBelow(folder: string): ReadonlyMap<string, number> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile())
  const paths = names.map((one) => join(one.parentPath, one.name)).toSorted()
  return new Map(paths.map((path) => [path, statSync(path).size]))
}

/** A source of CSV files that arrive in `in/NAME`. */
export function csvSource(table: string, columns: Files, more = ''): string {
  const types = Object.entries(columns).map(([name, type]) => `${name}: { type: '${type}' }`)
  return `import { defineSource } from 'millrace'
export const files = defineSource({
  name: '${table.replace('.', '_')}_files',
  connector: 'files',
  config: { path: 'in/${table}/*.csv' },
  ${more}
  tables: { '${table}': { write: 'append', columns: { ${types.join(', ')} } } },
})\n`
}

/** A model in SQL: its header in YAML, its select. */
export const model = (header: string, select: string): string => `/* millrace\n${header.trim()}\n*/\n${select}\n`
