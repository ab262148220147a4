// The rules of this repository that no other tool knows, as tests.
import { globSync, readFileSync } from 'node:fs'
import { errors } from '@millrace/core'
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

function edges(): readonly Edge[] {
  return globSync('packages/*/src/**/*.{ts,tsx}').flatMap((file) => {
    const from = file.split('/')[1] as string
    const source = readFileSync(file, 'utf8')
    const { module } = parseSync(file, source)
    const statics = module.staticImports.map((one) => one.moduleRequest.value)
    const again = module.staticExports.flatMap((one) =>
      one.entries.flatMap((entry) => entry.moduleRequest?.value ?? []),
    )
    // What is computed cannot be checked here; only texts are.
    const dynamic = module.dynamicImports
      .map((one) => source.slice(one.moduleRequest.start, one.moduleRequest.end))
      .flatMap((text) => /^['"`]([^'"`$]+)['"`]$/.exec(text)?.[1] ?? [])
    return [...statics, ...again, ...dynamic].map((to) => ({ file, from, to }))
  })
}

const packages = globSync('packages/*/package.json').map((file) => ({
  file,
  name: file.split('/')[1] as string,
  manifest: JSON.parse(readFileSync(file, 'utf8')) as {
    dependencies?: Record<string, string>
    devDependencies?: Record<string, string>
  },
}))

test('imports point down the list of packages', () => {
  const wrong = edges().flatMap(({ file, from, to }) => {
    const target = /^@millrace\/([a-z-]+)/.exec(to)?.[1]
    if (target === undefined || target === from || from === 'testkit') return []
    return (level.get(target) ?? Infinity) < (level.get(from) ?? -1)
      ? []
      : [`${file}: ${from} may not import ${target}`]
  })
  expect(wrong).toEqual([])
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
  const root = JSON.parse(readFileSync('package.json', 'utf8')) as (typeof packages)[number]['manifest']
  const names = [...packages.map((one) => one.manifest), root]
    .flatMap((one) => [...Object.keys(one.dependencies ?? {}), ...Object.keys(one.devDependencies ?? {})])
    .filter((name) => !name.startsWith('@millrace/') && name !== 'millrace')
  expect([...new Set(names)].filter((name) => !reasons.includes(`\`${name}\``))).toEqual([])
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
  const versions = packages.map(({ file }) => (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version)
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
      { optionalDependencies?: Record<string, string>; resolved?: string; link?: boolean; hasInstallScript?: boolean }
    >
  }
  const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in locked) && !(`${path}/node_modules/${name}` in locked),
    ),
  )
  expect(missing).toEqual([])
  expect(Object.values(locked).filter((one) => one.resolved?.startsWith('http') === true)).toEqual([])
})
