// Promotion as a user meets it, where the target has moved on since the environment began.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openQueries, withLeases } from '@millrace/runtime'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Folder } from './command.ts'

const folder = new Folder()
const config = `import { defineProject } from 'millrace'
export default defineProject({ name: 'shop', environments: { prod: {}, fix: { base: 'prod' } } })
`
const source = `import { defineSource } from 'millrace'
export default defineSource({
  name: 'things',
  connector: 'files',
  config: { path: 'landing/*.csv' },
  tables: { 'bronze.things': { write: 'append', columns: { id: { type: 'int64' }, name: { type: 'string' } } } },
})
`
const model = (more = ''): string => `/* millrace
write: append
${more}*/
select id, name from bronze.things
`

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'landing/1.csv': 'id,name\n1,a\n2,b\n',
    'tables/bronze/things.ts': source,
    'tables/silver/things.sql': model(),
  })
  await folder.prepare('run', '--env', 'prod')
})
afterAll(() => folder.remove())

interface Shown {
  readonly uuid: string
  readonly metadata: string
  readonly versions: readonly { readonly operation: string; readonly added: number }[]
}

const shown = async (env: string): Promise<Shown> => await folder.json<Shown>('table', 'silver.things', '--env', env)
const rows = async (env: string): Promise<unknown> =>
  await folder.json('query', 'select id, name from silver.things order by id', '--env', env)

function fieldsOf({ metadata }: Shown): readonly (readonly [number, string])[] {
  const { schemas, 'current-schema-id': current } = JSON.parse(
    readFileSync(metadata.replace('file://', ''), 'utf8'),
  ) as {
    readonly schemas: readonly {
      readonly 'schema-id': number
      readonly fields: readonly { readonly id: number; readonly name: string }[]
    }[]
    readonly 'current-schema-id': number
  }
  const fields = schemas.find((one) => one['schema-id'] === current)?.fields ?? []
  return fields.map(({ id, name }) => [id, name])
}

const dataFiles = (): readonly string[] =>
  readdirSync(join(folder.path, '.millrace/lake'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.parquet'))
    .toSorted()

test('env promote brings a table onto a target that has moved on, as one version and without copying a file', async () => {
  const began = await shown('prod')
  folder.write({ 'landing/2.csv': 'id,name\n3,c\n' })
  await folder.prepare('run', '--env', 'fix')
  expect((await folder.run('env', 'create', 'fix', '--base', 'prod')).stderr).toMatch(
    /^fix was there already, with \d+ tables? of its own/,
  )
  folder.write({ 'landing/3.csv': 'id,name\n4,d\n' })
  await folder.prepare('run', '--env', 'fix')
  // A check changes, and prod takes it up before fix does: its head is another one now, with the same rows.
  folder.write({ 'tables/silver/things.sql': model('checks: [{ rows: { min: 1 } }]\n') })
  await folder.prepare('run', '--env', 'prod', '--select', 'silver.things')
  await folder.prepare('run', '--env', 'fix')
  const [target, files] = [await shown('prod'), dataFiles()]
  expect([target.versions.length, await rows('prod')]).toEqual([
    2,
    [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ],
  ])
  const promoted = await folder.json<{ moves: { table: string; how: string }[] }>('env', 'promote', 'fix')
  expect(promoted.moves.map(({ table, how }) => `${table}: ${how}`).toSorted()).toEqual([
    'bronze.things: fast-forward',
    'silver.things: squash',
  ])
  const all = [1, 2, 3, 4].map((id) => ({ id, name: 'abcd'[id - 1] }))
  expect([await rows('prod'), await rows('fix')]).toEqual([all, all])
  const now = await shown('prod')
  expect(now.uuid).toBe(began.uuid)
  expect(now.versions.map(({ added }) => added)).toEqual([2, 0, 2])
  expect(fieldsOf(now)).toEqual([
    [1, 'id'],
    [2, 'name'],
  ])
  expect(dataFiles()).toEqual(files)
  for (const env of ['prod', 'fix'])
    expect(await folder.json('plan', '--env', env)).toMatchObject({ steps: [], issues: [] })
  folder.write({ 'landing/4.csv': 'id,name\n5,e\n' })
  await folder.prepare('run', '--env', 'prod')
  expect(await rows('fix')).toEqual([...all, { id: 5, name: 'e' }])
})

test('env promote keeps the history of its target, unless its loss is allowed', async () => {
  const history = (note: string): string =>
    `/* millrace\nwrite: { history: id, type: 2 }\n*/\nselect id, name, '${note}' as note from bronze.things`
  folder.write({ 'tables/past/things.sql': history('old') })
  await folder.prepare('run', '--env', 'prod')
  folder.write({ 'tables/past/things.sql': history('new') })
  await folder.prepare('run', '--env', 'fix')
  const notes = async (): Promise<unknown> =>
    await folder.json('query', 'select distinct note from past.things', '--env', 'prod')
  const refused = await folder.run('env', 'promote', 'fix')
  expect([refused.status, await notes()]).toEqual([1, [{ note: 'old' }]])
  expect(refused.stderr).toContain('`millrace env promote fix --allow past.things`')
  expect(await folder.run('env', 'promote', 'fix', '--allow', 'past.things')).toMatchObject({ status: 0 })
  expect(await notes()).toEqual([{ note: 'new' }])
})

test.each(['silver.things', 'gold.first'] as const)(
  'an environment in which a run writes %s is not dropped, and is when the run has ended',
  async (table) => {
    await folder.prepare('env', 'create', 'busy', '--base', 'prod')
    const queries = await openQueries({ dir: folder.path, environment: 'busy' })
    try {
      const refused = await withLeases(queries.lakehouse, 'run', [table], () => folder.run('env', 'drop', 'busy'))
      expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('run/busy')])
      expect(refused.stderr).toContain(`${table} is being written by another run`)
    } finally {
      await queries.close()
    }
    await folder.prepare('env', 'drop', 'busy')
  },
)

test('an environment in which its first run is at work keeps its base, whatever the project says meanwhile', async () => {
  const says = (first: string): Folder =>
    folder.write({ 'millrace.config.ts': config.replace('prod: {},', `prod: {}, first: ${first},`) })
  says("{ base: 'prod' }")
  await folder.prepare('plan', '--env', 'first')
  says('{}')
  const queries = await openQueries({ dir: folder.path, environment: 'first' })
  const plan = (): Promise<{ readonly stderr: string }> => folder.run('plan', '--env', 'first')
  try {
    const { stderr } = await withLeases(queries.lakehouse, 'run', ['gold.first'], plan)
    expect(stderr).toContain('first stands on prod, but the project says none. env/base-changed')
  } finally {
    await queries.close()
  }
  expect((await plan()).stderr).not.toContain('env/base-changed')
  folder.write({ 'millrace.config.ts': config })
})
