// Makes the two folders that are published: dist/millrace (the command and what definitions import, in one package) and
// dist/create-millrace. Ours and third parties are bundled, which makes the command start three times as fast; DuckDB's
// binary and the platforms' Node stay dependencies. The manifests are written here, for npm knows no publishConfig.exports.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules, stripTypeScriptTypes } from 'node:module'
import { dirname, join } from 'node:path'
import { type OutputChunk, rolldown } from 'rolldown'
import { copyTypes } from './pack-types.ts'
import { notices } from './third-party-notices.ts'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly keywords?: readonly string[]
  readonly license: string
  readonly bin: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = dirname(import.meta.dirname)

/** Not bundled: these bring a binary for each platform. */
const isNative = (name: string): boolean => name.startsWith('@duckdb/node-bindings')

/** Names are what the sources look for beside the bundle: each worker is a process with a file of its own. */
const entries = {
  index: 'packages/millrace/src/index.ts',
  cli: 'packages/cli/src/main.ts',
  define: 'packages/core/src/define.ts',
  'sql-worker': 'packages/sql/src/worker.ts',
  'engine-worker': 'packages/engine-duckdb/src/worker.ts',
  'project-loader': 'packages/project/src/code/loader.ts',
  'code-worker': 'packages/runtime/src/code/worker.ts',
}

/** What a project's template is made of; the demo and the manifest belong to the repository alone. */
const templateFiles = ['README.md', '_gitignore', 'generate.ts', 'millrace.config.ts', 'tables']

const manifestOf = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest

/** Stages the package `millrace` in a folder that is first emptied. */
export async function packMillrace(to: string): Promise<void> {
  empty(to)
  writeFileSync(join(to, 'THIRD_PARTY_NOTICES'), notices(await bundle(to)))
  buildTypes()
  copyTypes(root, join(to, 'dist'))
  copyTemplate(join(to, 'dist/templates/shop'))
  cpSync(join(root, 'packages/millrace/bin'), join(to, 'bin'), copying)
  cpSync(join(root, 'packages/millrace/PUBLISHED.md'), join(to, 'README.md'))
  cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'))
  for (const folder of ['guide', 'reference']) cpSync(join(root, 'docs', folder), join(to, 'docs', folder), copying)
  const { name, version, description, keywords = [], license, bin } = manifestOf('packages/millrace')
  writeManifest(to, {
    name,
    version,
    description,
    keywords,
    license,
    type: 'module',
    bin,
    engines: { node: '>=18' },
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    files: ['bin', 'dist', 'docs', 'THIRD_PARTY_NOTICES'],
    sideEffects: false,
    dependencies: nativeDependencies(),
    optionalDependencies: manifestOf('.').optionalDependencies,
  })
}

/** Stages the package `create-millrace`. */
export function packCreate(to: string): void {
  empty(to)
  cpSync(join(root, 'packages/create/bin'), join(to, 'bin'), copying)
  cpSync(join(root, 'packages/create/README.md'), join(to, 'README.md'))
  cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'))
  copyTemplate(join(to, 'template'))
  const generator = readFileSync(join(root, 'examples/shop/generate.ts'), 'utf8')
  writeFileSync(join(to, 'generate.mjs'), stripTypeScriptTypes(generator))
  const { name, version, description, license, bin } = manifestOf('packages/create')
  const files = ['bin', 'template', 'generate.mjs']
  writeManifest(to, { name, version, description, license, type: 'commonjs', bin, engines: { node: '>=18' }, files })
}

function nativeDependencies(): Readonly<Record<string, string>> {
  const all = globSync('packages/*', { cwd: root }).flatMap((folder) =>
    Object.entries(manifestOf(folder).dependencies ?? {}),
  )
  return Object.fromEntries(all.filter(([name]) => isNative(name)))
}

const copying = { recursive: true } as const

function empty(folder: string): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
}

/** Bundles the command, what definitions import, and each worker into `dist` of a folder; answers the modules that went in. */
export async function bundle(to: string): Promise<readonly string[]> {
  const made = await rolldown({
    cwd: root,
    input: entries,
    external: (id) => id.startsWith('node:') || builtinModules.includes(id) || isNative(id),
    platform: 'node',
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(log.message)
    },
  })
  // All chunks lie side by side: a worker is found beside the chunk that starts it.
  const { output } = await made.write({
    dir: join(to, 'dist'),
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name]-[hash].js',
    comments: false,
  })
  await made.close()
  return output.filter((one): one is OutputChunk => one.type === 'chunk').flatMap((one) => one.moduleIds)
}

function buildTypes(): void {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-b', 'packages/core'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  )
  if (status !== 0) throw new Error(`the sources do not compile:\n${stdout}`)
}

function copyTemplate(to: string): void {
  const shop = join(root, 'examples/shop')
  mkdirSync(to, { recursive: true })
  for (const name of templateFiles) cpSync(join(shop, name), join(to, name), copying)
}

function writeManifest(to: string, manifest: object): void {
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

if (import.meta.main) {
  await packMillrace(join(root, 'dist/millrace'))
  packCreate(join(root, 'dist/create-millrace'))
  for (const name of ['millrace', 'create-millrace']) {
    const files = globSync(`dist/${name}/**/*`, { cwd: root, withFileTypes: true }).filter((one) => one.isFile())
    console.log(`dist/${name}: ${files.length} files`)
  }
}
