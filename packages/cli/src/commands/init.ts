import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Columns, type DataType, fail, printType, type TableName } from '@millrace/core'
import { filesConfig, inferFile, type Inferred } from '@millrace/connectors'
import { findProject, problemOfName } from '@millrace/project'
import { describeParquet } from '@millrace/runtime'
import { type Input, text } from '../command.ts'
import { plural } from '../terminal/format.ts'

const templates = ['empty', 'shop'] as const

/** In the repository the templates are its examples; in the package they lie beside the bundle. */
const shopFolder = import.meta.url.endsWith('.ts') ? '../../../../examples/shop' : './templates/shop'

export async function run(input: Input): Promise<number> {
  const from = text(input, 'from')
  return from === undefined ? makeProject(input) : await makeSource(input, from)
}

function makeProject(input: Input): number {
  if (text(input, 'table') !== undefined)
    fail('command/bad-value', {
      option: 'table',
      value: text(input, 'table') ?? '',
      expected: 'a name for what --from lands',
    })
  const dir = folderOf(input)
  if (findProject(dir)?.root === dir) fail('command/not-empty', { dir })
  const { files, template } = begin(input, dir)
  if (input.json) process.stdout.write(`${JSON.stringify({ dir, files })}\n`)
  else {
    const next =
      template === 'shop'
        ? ['millrace run', 'millrace query "from gold.revenue_by_month"']
        : ['millrace init --from FILE.csv', 'millrace run']
    process.stderr.write(`Made a project in ${dir}. Next:\n${steps(dir, next)}`)
  }
  return 0
}

const folderOf = (input: Input): string => resolve(input.args[0] ?? text(input, 'project') ?? '.')

/** What to type next, from where the user stands. */
function steps(root: string, commands: readonly string[]): string {
  const inside = relative(process.cwd(), root)
  const go =
    findProject(process.cwd())?.root === root ? [] : [`cd ${/^[\w./-]+$/.test(inside) ? inside : quoted(inside)}`]
  return [...go, ...commands].map((one) => `  ${one}\n`).join('')
}

/** Writes a new project of the template that was asked for. */
function begin(input: Input, dir: string): { readonly files: readonly string[]; readonly template: string } {
  const template = templateOf(input)
  mkdirSync(dir, { recursive: true })
  if (template === 'shop') makeShop(dir)
  else writeEmpty(dir)
  return { files: readdirSync(dir).filter((name) => name !== 'node_modules'), template }
}

function templateOf(input: Input): (typeof templates)[number] {
  const wanted = text(input, 'template') ?? 'empty'
  return (
    templates.find((one) => one === wanted) ??
    fail('command/bad-value', { option: 'template', value: wanted, expected: 'empty or shop' })
  )
}

/** The template with its raw files. The generator runs from the copy: Node strips no types below node_modules. */
function makeShop(dir: string): void {
  copyShop(dir)
  const args = ['--disable-warning=MODULE_TYPELESS_PACKAGE_JSON', 'generate.ts', '--rows', '2000']
  const { status } = spawnSync(process.execPath, args, { cwd: dir, stdio: ['ignore', 'ignore', 'inherit'] })
  if (status !== 0) throw new Error(`${join(dir, 'generate.ts')} ended with ${status}`)
}

function copyShop(dir: string): void {
  const source = fileURLToPath(new URL(shopFolder, import.meta.url))
  const skipped = new Set(['.millrace', 'node_modules', 'landing', 'demo.ts', 'package.json'])
  cpSync(source, dir, { recursive: true, filter: (path) => !skipped.has(basename(path)) || path === source })
  // npm leaves .gitignore out of a tarball, so the template carries it under another name.
  if (existsSync(join(dir, '_gitignore'))) renameSync(join(dir, '_gitignore'), join(dir, '.gitignore'))
}

function writeEmpty(dir: string): void {
  const name =
    basename(dir)
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '_') || 'project'
  writeFileSync(
    join(dir, 'millrace.config.ts'),
    `import { defineProject } from 'millrace'\n\nexport default defineProject({\n  name: '${name}',\n  environments: { dev: {} },\n})\n`,
  )
  if (!existsSync(join(dir, '.gitignore'))) writeFileSync(join(dir, '.gitignore'), '.millrace/\nnode_modules/\n')
  mkdirSync(join(dir, 'tables'), { recursive: true })
}

/** Looks at a file once and writes a source whose format and columns are fixed from then on. Where there is no project yet, it
 * begins one; what is wrong with the file or the name is said before. */
async function makeSource(input: Input, from: string): Promise<number> {
  templateOf(input)
  const path = resolve(from)
  const inferred = await inferFile(path)
  const table = tableName(input, path)
  const dir = folderOf(input)
  const known = projectFor(input, dir)
  if (known !== null && text(input, 'template') !== undefined) fail('command/not-empty', { dir: known })
  const root = known ?? dir
  const columns = inferred.format === 'parquet' ? storableColumns(await describeParquet(path)) : inferred.columns
  const made = known === null ? begin(input, dir) : null
  if (made !== null && !input.json) process.stderr.write(`Made a project in ${dir}.\n`)
  const file = writeSource(root, table, sourceText(relative(root, path), table, inferred, columns))
  if (input.json) {
    const types = Object.fromEntries(Object.entries(columns).map(([key, { type }]) => [key, printType(type)]))
    const project = made === null ? {} : { dir, files: made.files }
    process.stdout.write(`${JSON.stringify({ ...project, file, table, columns: types, notes: inferred.notes })}\n`)
  } else {
    const next = steps(root, ['millrace run'])
    process.stderr.write(
      `${notesText(inferred.notes)}Wrote ${relative(process.cwd(), file)} with ${plural(Object.keys(columns).length, 'column')}; look them over, then:\n${next}`,
    )
  }
  return 0
}

const notesText = (notes: Inferred['notes']): string =>
  Object.entries(notes)
    .map(([name, note]) => `! ${name} is text. ${note}.\n`)
    .join('')

/** A folder that was named is meant itself; where none was, the project may lie further up. */
function projectFor(input: Input, dir: string): string | null {
  const root = findProject(dir)?.root ?? null
  return input.args[0] === undefined || root === dir ? root : null
}

function writeSource(root: string, table: TableName, content: string): string {
  const [layer, name] = table.split('.') as [string, string]
  const file = join(root, 'tables', layer, `${name}.ts`)
  if (existsSync(file)) fail('files/exists', { path: file, table })
  mkdirSync(join(root, 'tables', layer), { recursive: true })
  writeFileSync(file, content)
  return file
}

function tableName(input: Input, path: string): TableName {
  const plain = basename(path)
    .replace(/\..*$/, '')
    // Letters without their marks: ü is a u, and what has no such form is left out below.
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replace(/^(?=[^a-z])/, 'file_')
    .replaceAll(/_+/g, '_')
    .replace(/_$/, '')
  const name = text(input, 'table') ?? `bronze.${plain}`
  const problem = problemOfName(name)
  if (problem !== null) fail('project/table-name', { name, problem })
  return name as TableName
}

const storableColumns = (columns: Columns): Columns =>
  Object.fromEntries(Object.entries(columns).map(([name, one]) => [name, { ...one, type: storable(one.type) }]))

/** The type of a column that a table can have: its times count microseconds, and one with more digits is a reject. */
function storable(type: DataType): DataType {
  if (typeof type === 'string') {
    if (type === 'timestamp_ns') return 'timestamp'
    return type === 'timestamptz_ns' ? 'timestamptz' : type
  }
  if ('list' in type) return { ...type, list: storable(type.list) }
  if ('map' in type) return { ...type, map: [storable(type.map[0]), storable(type.map[1])] }
  return { struct: storableColumns(type.struct) }
}

function sourceText(path: string, table: TableName, inferred: Inferred, columns: Columns): string {
  const { format, layout, dialect, notes } = inferred
  const config = [`path: ${quoted(path)}`, `format: '${format}'`]
  if (format === 'json') config.push(`layout: '${layout}'`)
  if (format === 'csv') {
    // After some names a comma is not what is taken without a word.
    if (dialect.delimiter !== ',' || filesConfig({ path }).delimiter !== ',')
      config.push(`delimiter: ${quoted(dialect.delimiter)}`)
    if (!dialect.header) config.push('header: false')
    if (dialect.quote !== '"') config.push(`quote: ${quoted(dialect.quote)}`, `escape: ${quoted(dialect.quote)}`)
    if (dialect.encoding !== 'utf-8') config.push(`encoding: '${dialect.encoding}'`)
    if (dialect.decimal !== '.') config.push(`decimal: '${dialect.decimal}'`)
    if (dialect.dateFormat !== null) config.push(`dateFormat: '${dialect.dateFormat}'`)
    if (dialect.timestampFormat !== null) config.push(`timestampFormat: '${dialect.timestampFormat}'`)
  }
  const lines = Object.entries(columns).map(
    ([name, { type }]) => `        ${keyText(name)}: { type: ${typeText(type)} },${noteText(notes, name)}`,
  )
  return `import { defineSource } from 'millrace'

// Written once from ${path}: nothing is guessed any more. What does not fit goes to ${table}__rejects.
export default defineSource({
  name: '${table.replace('.', '_')}_files',
  connector: 'files',
  config: { ${config.join(', ')} },
  tables: {
    '${table}': {
      write: 'append',
      columns: {
${lines.join('\n')}
      },
    },
  },
})
`
}

const noteText = (notes: Inferred['notes'], name: string): string =>
  Object.hasOwn(notes, name) ? ` // ${notes[name]}` : ''

/** Plainly written, `__proto__` would be no key. */
function keyText(name: string): string {
  if (name === '__proto__') return `[${quoted(name)}]`
  return /^[a-z_]\w*$/i.test(name) ? name : quoted(name)
}

const quoted = (value: string): string =>
  `'${value
    .replaceAll('\\', '\\\\')
    .replaceAll("'", String.raw`\'`)
    .replaceAll('\t', String.raw`\t`)}'`

function typeText(type: Columns[string]['type']): string {
  if (typeof type === 'string') return `'${type}'`
  if ('list' in type) return `{ list: ${typeText(type.list)} }`
  if ('map' in type) return `{ map: [${typeText(type.map[0])}, ${typeText(type.map[1])}] }`
  return `{ struct: { ${Object.entries(type.struct)
    .map(([name, one]) => `${keyText(name)}: { type: ${typeText(one.type)} }`)
    .join(', ')} } }`
}
