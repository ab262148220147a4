// Every ```ts block in the docs and in doc comments compiles and runs; `//=> value` after an expression is asserted.
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

interface Example {
  readonly place: string
  readonly name: string
}

const root = dirname(import.meta.dirname)
const out = join(root, 'docs/.examples')
rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })

// The architecture shows what projects will look like one day; its blocks are drawings.
const sources = [
  ...globSync('docs/**/*.md', { cwd: root, exclude: ['docs/internals/architecture.md', '**/.*/**'] }),
  ...globSync('packages/*/src/**/*.ts', { cwd: root }),
]
const examples = sources.flatMap(examplesOf)

writeFileSync(
  join(out, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.base.json',
    compilerOptions: {
      noEmit: true,
      composite: false,
      incremental: false,
      isolatedDeclarations: false,
      declarationMap: false,
      sourceMap: false,
      rewriteRelativeImportExtensions: false,
      allowImportingTsExtensions: true,
    },
    include: ['*.ts'],
  }),
)

function examplesOf(file: string): readonly Example[] {
  const text = readFileSync(join(root, file), 'utf8')
  // In a doc comment each line begins with a star.
  const plain = file.endsWith('.ts') ? text.replaceAll(/^ *\* ?/gm, '') : text
  return [...plain.matchAll(/^```ts\n([^]*?)^```/gm)].map(([, code = ''], i) => {
    const name = `${file.replaceAll(/[^a-z0-9]+/gi, '-')}-${i}.ts`
    const asserted = code.replaceAll(
      /^(.*?)\s*\/\/=> (.*)$/gm,
      (_, expression: string, value: string) => `assert.deepEqual(${expression}, ${value})`,
    )
    writeFileSync(join(out, name), `import assert from 'node:assert/strict'\n${asserted}\nvoid assert\n`)
    return { place: `${file} (${i + 1})`, name }
  })
}

test('there are examples', () => {
  expect(examples.length).toBeGreaterThan(15)
})

test('examples compile', () => {
  const { stdout, status } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', out], {
    encoding: 'utf8',
    cwd: root,
  })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

test.for(examples)('$place runs', async ({ name }) => {
  await expect(import(join(out, name))).resolves.toBeDefined()
})
