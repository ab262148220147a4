import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { generatedFiles, writeGeneratedFiles } from '../src/index.ts'
import { Folder } from './folder.ts'

const repository = fileURLToPath(new URL('../../..', import.meta.url))

const tsconfig = JSON.stringify({
  compilerOptions: {
    noEmit: true,
    strict: true,
    target: 'es2024',
    module: 'nodenext',
    allowImportingTsExtensions: true,
    skipLibCheck: true,
    types: [],
    paths: { millrace: [join(repository, 'packages/core/src/index.ts')] },
  },
  include: ['*.ts'],
})

const columns = { 'silver.orders': { id: { type: 'int64', required: true }, tag: { type: 'string' } } } as const

const model = (read: string): string => `import { defineModel } from 'millrace'
export default defineModel({
  reads: ['silver.orders'],
  write: 'replace',
  columns: { id: { type: 'int64', required: true }, tag: { type: 'string' } },
  async *run({ rows }) {
    for await (const row of rows('silver.orders')) yield { ${read} }
  },
})
`

let folder: Folder | null = null
afterEach(() => {
  folder?.remove()
})

function compileErrors(): string {
  const { stdout } = spawnSync(
    process.execPath,
    [join(repository, 'node_modules/typescript/bin/tsc'), '-p', folder?.root ?? ''],
    { encoding: 'utf8' },
  )
  return stdout
}

test('the generated file types the rows that a model reads, and says when it is stale', () => {
  folder = new Folder().write({
    'tsconfig.json': tsconfig,
    'package.json': '{"type":"module"}',
    'm.ts': model('id: row.id, tag: row.tag'),
  })
  expect(writeGeneratedFiles(folder.root, columns)).toEqual(['millrace.gen.d.ts', 'millrace.schema.json'])
  expect(generatedFiles(folder.root, columns).map((file) => file.current)).toEqual([true, true])
  expect(generatedFiles(folder.root, {}).map((file) => file.current)).toEqual([false, true])
  expect(compileErrors()).toBe('')
  folder.write({ 'm.ts': model('id: row.id, tag: row.tagg') })
  expect(compileErrors()).toContain("Property 'tagg' does not exist on type")
  folder.write({
    'm.ts': model('id: row.id, tag: row.tag').replace("reads: ['silver.orders']", "reads: ['silver.oders']"),
  })
  expect(compileErrors()).toContain('"silver.oders"')
})

test("the editors' schema is valid JSON that knows headers and seeds", () => {
  folder = new Folder()
  writeGeneratedFiles(folder.root, {})
  const schema = JSON.parse(readFileSync(join(folder.root, 'millrace.schema.json'), 'utf8')) as {
    $defs: Record<string, { properties: object }>
  }
  expect(Object.keys(schema.$defs)).toEqual(['header', 'seed'])
  expect(Object.keys(schema.$defs['seed']?.properties ?? {})).toContain('columns')
})
