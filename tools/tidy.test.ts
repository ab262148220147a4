// The rules of this repository that no other tool knows, as tests.
import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { errors } from '@millrace/core'
import { failpoints } from '@millrace/runtime'
import { parseSync } from 'oxc-parser'
import { expect, test } from 'vitest'
import { headerSchema, tableSettings } from '../packages/project/src/header/settings.ts'
import type { Schema } from '../packages/project/src/schema/schema.ts'
import { pages } from './docs.ts'

/** Imports point from a later line to an earlier one; packages on one line are siblings and never meet. */
const order = [
  ['core'],
  ['database'],
  ['sql'],
  ['lake'],
  ['engine-duckdb'],
  ['connectors'],
  ['project'],
  ['runtime'],
  ['cli'],
  ['millrace'],
  ['create'],
]
const level = new Map(order.flatMap((names, i) => names.map((name) => [name, i] as const)))

interface Edge {
  readonly file: string
  readonly from: string
  readonly to: string
}

const packageOf = (file: string): string => file.split('/')[1] ?? ''

/** What a file imports: a package by its name, also where a path leads into its folder. */
function edgesOf(file: string, source: string): readonly Edge[] {
  const { module } = parseSync(file, source)
  const statics = module.staticImports.map((one) => one.moduleRequest.value)
  const again = module.staticExports.flatMap((one) => one.entries.flatMap((entry) => entry.moduleRequest?.value ?? []))
  // What is computed cannot be checked here; only texts are.
  const dynamic = module.dynamicImports
    .map((one) => source.slice(one.moduleRequest.start, one.moduleRequest.end))
    .flatMap((text) => /^['"`]([^'"`$]+)['"`]$/.exec(text)?.[1] ?? [])
  return [...statics, ...again, ...dynamic].map((to) => {
    const target = to.startsWith('.') ? posix.join(posix.dirname(file), to) : ''
    const crosses = target !== '' && !target.startsWith(`packages/${packageOf(file)}/`)
    return { file, from: packageOf(file), to: crosses ? `@millrace/${packageOf(target)}` : to }
  })
}

const edges = (): readonly Edge[] =>
  globSync('packages/*/src/**/*.{ts,tsx}').flatMap((file) => edgesOf(file, readFileSync(file, 'utf8')))

interface Manifest {
  readonly version?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

const readManifest = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8')) as Manifest

const packages = globSync('packages/*/package.json').map((file) => ({
  file,
  name: packageOf(file),
  manifest: readManifest(file),
}))

/** Imports that go up or sideways in the list of packages. */
const wrongWay = (all: readonly Edge[]): readonly string[] =>
  all.flatMap(({ file, from, to }) => {
    const target = /^@millrace\/([a-z-]+)/.exec(to)?.[1]
    if (target === undefined || target === from || from === 'testkit') return []
    return (level.get(target) ?? Infinity) < (level.get(from) ?? -1)
      ? []
      : [`${file}: ${from} may not import ${target}`]
  })

test('imports point down the list of packages', () => {
  expect(wrongWay(edges())).toEqual([])
})

test.each([
  ['core', "import { a } from '@millrace/lake'", 'lake'],
  ['lake', "export * from '@millrace/sql/src/x.ts'", null],
  ['sql', "export { a } from '@millrace/lake'", 'lake'],
  ['sql', "const a = await import('@millrace/runtime')", 'runtime'],
  ['sql', "import type { A } from '../../../lake/src/index.ts'", 'lake'],
  ['runtime', "import { a } from '@millrace/unheard-of'", 'unheard-of'],
  ['runtime', "import { a } from '@millrace/runtime'", null],
  ['unheard-of', "import { a } from '@millrace/core'", 'core'],
  ['cli', "import { a } from '../terminal/grid.ts'", null],
])('of %s, %s is told where it is forbidden: %s', (from, source, target) => {
  const file = `packages/${from}/src/folder/x.ts`
  const told = target === null ? [] : [`${file}: ${from} may not import ${target}`]
  expect(wrongWay(edgesOf(file, source))).toEqual(told)
})

test('no package depends on one that depends on it', () => {
  const up = packages.flatMap(({ file, name, manifest }) =>
    Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }).map((to) => ({ file, from: name, to })),
  )
  // What users install bundles all of them, and names none of them to npm.
  expect(wrongWay(up.filter(({ from }) => from !== 'testkit'))).toEqual([])
})

test('core imports nothing but itself', () => {
  expect(edges().filter(({ from, to }) => from === 'core' && !to.startsWith('.'))).toEqual([])
})

test('each package says which packages it imports', () => {
  const wrong = edges().flatMap(({ file, from, to }) => {
    const name = /^(@[^/]+\/[^/]+|[^./][^/]*)/.exec(to)?.[1]
    if (name === undefined || name.startsWith('node:') || (from === 'testkit' && name === 'vitest')) return []
    const { manifest } = packages.find((one) => one.name === from) as (typeof packages)[number]
    return manifest.dependencies?.[name] === undefined ? [`${file} imports ${name}`] : []
  })
  expect(wrong).toEqual([])
})

test('files are named in kebab-case', () => {
  const odd = globSync('{packages/*/{src,test},tools,examples,benchmarks}/**/*.{ts,tsx,cjs}', {
    exclude: ['**/node_modules/**', '**/.*/**'],
  })
    .map((file) => file.split('/').at(-1) as string)
    .filter((name) => !/^[a-z0-9-]+(\.(slow|services|test|gen|bench|d|config))*\.(ts|tsx|cjs)$/.test(name))
  expect(odd).toEqual([])
})

test('every package says what it is', () => {
  const short = packages.filter(({ name }) => {
    const text = readFileSync(`packages/${name}/README.md`, 'utf8')
    return text.split('\n').filter((line) => line.trim() !== '').length < 3
  })
  expect(short.map(({ name }) => name)).toEqual([])
})

test('every dependency has its reason', () => {
  const reasons = readFileSync('docs/internals/dependencies.md', 'utf8')
  const names = [...packages.map((one) => one.manifest), readManifest('package.json')]
    .flatMap((one) => [one.dependencies, one.devDependencies, one.optionalDependencies, one.peerDependencies])
    .flatMap((one) => Object.keys(one ?? {}))
    .filter((name) => !name.startsWith('@millrace/') && name !== 'millrace')
  // A row of the table: the name, and more than a word of why.
  const rows = new Map([...reasons.matchAll(/^\| `([^`]+)` +\| +(.+?) *\|$/gm)].map(([, name, why]) => [name, why]))
  expect([...new Set(names)].filter((name) => (rows.get(name)?.split(' ').length ?? 0) < 4)).toEqual([])
})

test('every failpoint of the sources is one that a test kills at', () => {
  const sources = globSync('packages/*/src/**/*.ts').map((file) => readFileSync(file, 'utf8'))
  const points = sources.flatMap((source) => [
    ...[...source.matchAll(/failpoint\('([^']+)'\)/g)].map(([, name = '']) => name),
    ...[...source.matchAll(/putStep\([^,']+, '([^']+)'/g)].flatMap(([, step]) => [`${step}:before`, `${step}:after`]),
  ])
  expect(points.length).toBeGreaterThan(20)
  const tests = globSync('packages/*/test/**/*.test.ts').map((file) => readFileSync(file, 'utf8'))
  const killedAt = (name: string): boolean =>
    failpoints.some((one) => one === name) || tests.some((text) => text.includes(`'${name}'`))
  expect([...new Set(points)].filter((name) => !killedAt(name))).toEqual([])
  expect(failpoints.filter((name) => !points.includes(name))).toEqual([])
})

test.for(Object.entries(pages))('%s says what the sources say; `node tools/docs.ts` writes it', ([path, page]) => {
  expect(readFileSync(path, 'utf8')).toBe(page())
})

test('the reference of checks knows every rule', () => {
  const page = readFileSync('docs/reference/checks.md', 'utf8')
  const rules = new Set([...ruleNames(headerSchema), ...ruleNames(tableSettings['checks'])])
  expect(rules.size).toBeGreaterThan(12)
  expect([...rules].filter((name) => !page.includes(name))).toEqual([])
})

/** Every key and choice below `checks`. */
function ruleNames(schema: Schema | undefined, inChecks = false): readonly string[] {
  if (schema === undefined) return []
  if (schema.kind === 'choice') return inChecks ? schema.of.map(String) : []
  if (schema.kind === 'list' || schema.kind === 'map') return ruleNames(schema.of, inChecks)
  if (schema.kind === 'either') return schema.of.flatMap((one) => ruleNames(one, inChecks))
  if (schema.kind !== 'object') return []
  return Object.entries(schema.keys).flatMap(([name, one]) => [
    ...(inChecks ? [name] : []),
    ...ruleNames(one, inChecks || name === 'checks'),
  ])
}

test('all packages have one version', () => {
  const versions = packages.map(({ manifest }) => manifest.version)
  expect([...new Set(versions)]).toHaveLength(1)
})

test('every error has a remedy', () => {
  const empty = Object.entries(errors).filter(([, one]) => one.fix === '' || one.cause === '')
  expect(empty.map(([code]) => code)).toEqual([])
})

test('the lockfile names every platform and no registry', () => {
  const { packages: locked } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    packages: Record<
      string,
      {
        optionalDependencies?: Record<string, string>
        resolved?: string
        integrity?: string
        link?: boolean
        hasInstallScript?: boolean
      }
    >
  }
  const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in locked) && !(`${path}/node_modules/${name}` in locked),
    ),
  )
  expect(missing).toEqual([])
  expect(Object.values(locked).filter((one) => /^[a-z+]+:/.test(one.resolved ?? ''))).toEqual([])
  const fromRegistry = Object.entries(locked).filter(([path, one]) => path.includes('node_modules/') && !one.link)
  expect(fromRegistry.filter(([, one]) => one.integrity === undefined).map(([path]) => path)).toEqual([])
  expect(Object.entries(locked).flatMap(([path, one]) => (one.hasInstallScript === true ? path : []))).toEqual([])
})

test.each(['darwin-arm64', 'darwin-x64', 'linux-arm64', 'linux-x64', 'win32-x64'])(
  'on %s each tool that is compiled finds its build in the lockfile',
  (platform) => {
    const { packages: locked } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
      packages: Record<string, { os?: readonly string[]; cpu?: readonly string[]; libc?: readonly string[] }>
    }
    const [os = '', cpu = ''] = platform.split('-')
    const here = Object.entries(locked).filter(
      ([, one]) => one.os?.includes(os) && one.cpu?.includes(cpu) && (one.libc?.includes('glibc') ?? true),
    )
    const names = here.map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
    const compiled = ['@duckdb/node-bindings', '@oxfmt/', '@oxlint/', '@oxlint-tsgolint/', '@oxc-parser/', '@rolldown/']
    expect([...compiled, '@typescript/', 'node-'].filter((one) => !names.some((name) => name.startsWith(one)))).toEqual(
      [],
    )
  },
)
