// Every ```sql block of the README and the reference is a model that compiles: the project's own reading finds no mistake.
// Those of the guide are files of its story, and run there.
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describeIssue } from '@millrace/core'
import { openWorkspace } from '@millrace/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = dirname(import.meta.dirname)
const folder = mkdtempSync(join(tmpdir(), 'millrace-docs-'))

const blocks = ['README.md', ...globSync('docs/reference/*.md', { cwd: root })].flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```sql\n([^]*?)^```/gm)].map(([, sql = ''], i) => ({
    place: `${page} (${i + 1})`,
    file: join(folder, 'tables', page.replaceAll(/[^a-z]+/gi, '_').toLowerCase(), `block_${i}.sql`),
    sql,
  })),
)

const source = `import { defineSource } from 'millrace'
export default defineSource({
  connector: 'files',
  config: { path: 'landing/*.csv' },
  tables: {
    'bronze.orders': {
      columns: {
        order_id: { type: 'int64' },
        customer_id: { type: 'int64' },
        status: { type: 'string' },
        amount: { type: 'decimal(12,2)' },
        ordered_at: { type: 'timestamptz' },
        updated_at: { type: 'timestamptz' },
      },
    },
  },
})
`

const mistakes = new Map<string, readonly string[]>()

beforeAll(async () => {
  const files = {
    'millrace.config.ts': `export default { defines: 'project', name: 'docs', environments: { dev: {} } }\n`,
    'tables/bronze/orders.ts': source,
  }
  for (const [name, text] of [...Object.entries(files), ...blocks.map(({ file, sql }) => [file, sql] as const)]) {
    const path = join(folder, name.replace(folder, ''))
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  const workspace = await openWorkspace({ dir: folder })
  for (const one of workspace.issues) {
    const file = one.at?.file ?? ''
    mistakes.set(file, [...(mistakes.get(file) ?? []), `${one.at?.line}: ${one.code} ${describeIssue(one).message}`])
  }
  await workspace.close()
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('there are blocks', () => {
  expect(blocks.map((one) => one.place.replace(/ .*/, ''))).toEqual(
    expect.arrayContaining(['README.md', 'docs/reference/checks.md', 'docs/reference/settings.md']),
  )
})

test.for(blocks)('the SQL of $place compiles', ({ file }) => {
  expect(mistakes.get(file) ?? []).toEqual([])
  mistakes.delete(file)
})

test('and the project around it', () => {
  expect([...mistakes]).toEqual([])
})
