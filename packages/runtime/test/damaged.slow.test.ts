// A table whose newest metadata is damaged can be built from nothing, where that is asked for; nothing else touches it.
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeIssue, type MillraceError, type TableName } from '@millrace/core'
import { toPath } from '@millrace/lake'
import { diffEnvironment, promote, rollback } from '@millrace/runtime'
import { afterEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
afterEach(async () => {
  await lab.close()
  removeProjects()
})

async function damage(table: TableName): Promise<void> {
  const { lakehouse } = await lab.workspace()
  const ref = (await lakehouse.catalog.resolve('dev')).get(table)
  if (ref === undefined) throw new Error(`no ${table}`)
  writeFileSync(toPath(ref.version), 'rubbish')
  // The process that wrote the metadata remembers it.
  await lab.close()
}

const refresh = { fullRefresh: true, select: ['t.*'] }

test.each([
  ['replace', 'write: replace'],
  ['merge', 'write: { merge: id }'],
])('%s', async (_, header) => {
  lab = new Lab(makeProject({ 'tables/t/it.sql': model(header, 'select 1 as id, 1 as v') }))
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'tables/t/it.sql': model(header, 'select 1 as id, 2 as v') })
  expect(said(await lab.run())).toEqual(['ok'])
  await damage('t.it')
  await lab.edit({ 'tables/t/it.sql': model(header, 'select 1 as id, 3 as v') })
  expect(said(await lab.run())).toEqual(['failed', 'lake/corrupt'])
  expect(said(await lab.run({ plan: refresh }))).toEqual(['ok'])
  expect(await lab.rows('from t.it')).toEqual([{ id: 1, v: 3 }])
  expect(await lab.plan()).toEqual([])
})

test('a table of rejects that is damaged begins anew with the table that it belongs to', async () => {
  const root = makeProject({ 'tables/t/rows.ts': csvSource('t.rows', { id: 'int64' }) })
  lab = new Lab(root)
  writeFiles(root, { 'in/t.rows/1.csv': 'id\n1\nx\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  await damage('t.rows__rejects')
  writeFiles(root, { 'in/t.rows/2.csv': 'id\n2\ny\n' })
  expect(said(await lab.run())).toEqual(['failed', 'lake/corrupt'])
  expect(await lab.rows('from t.rows')).toEqual([{ id: 1 }])
  expect(said(await lab.run({ plan: refresh }))).toEqual(['ok'])
  expect(await lab.rows('from t.rows order by id')).toEqual([{ id: 1 }, { id: 2 }])
  expect(await lab.rows('select raw from t.rows__rejects order by raw')).toEqual([{ raw: 'x' }, { raw: 'y' }])
})

test.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, 100)],
  ['overwritten', (bytes: Buffer) => Buffer.alloc(bytes.length, 'x')],
])('a data file that was %s is told with its table, and what the advice says mends it', async (_, change) => {
  lab = new Lab(
    makeProject({
      'tables/t/it.sql': model('write: replace', 'select 1 as id'),
      'tables/t/over.sql': model('write: replace', 'select id from t.it'),
    }),
  )
  expect(said(await lab.run())).toEqual(['ok'])
  const { lakehouse } = await lab.workspace()
  const ref = (await lakehouse.catalog.resolve('dev')).get('t.it')
  const { groups } = ref === undefined ? { groups: [] } : await lakehouse.format.offer(ref)
  const path = toPath(groups[0]?.files[0]?.path ?? '')
  writeFileSync(path, change(readFileSync(path)))
  await lab.close()
  await lab.edit({ 'tables/t/over.sql': model('write: replace', 'select id + 1 as id from t.it') })
  const { issues } = await lab.run()
  expect(issues).toMatchObject([{ code: 'lake/corrupt', params: { path, table: 't.it' } }])
  expect(issues.map((one) => describeIssue(one).fix).join()).toContain('millrace run --full-refresh --select t.it`')
  expect(said(await lab.run({ plan: { fullRefresh: true, select: ['t.it'] } }))).toEqual(['ok'])
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from t.over')).toEqual([{ id: 2 }])
})

/** The files of a table, found as a user would: by their names in its folder. */
async function filesOf(table: TableName, ending: RegExp): Promise<readonly string[]> {
  const { lakehouse } = await lab.workspace()
  const { location = '' } = (await lakehouse.catalog.resolve('dev')).get(table) ?? {}
  const names = readdirSync(location, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => ending.test(name)).map((name) => join(location, name))
}

async function harm(table: TableName, ending: RegExp, how: (path: string) => void): Promise<void> {
  const paths = await filesOf(table, ending)
  expect(paths).not.toEqual([])
  await lab.close()
  for (const path of paths) how(path)
}

const halve = (path: string): void => {
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.subarray(0, bytes.length / 2))
}

interface Kind {
  readonly kind: string
  readonly header: string
  readonly where?: string
  /** Tables that are harmed with it: what it keeps apart. */
  readonly beside?: readonly TableName[]
}

interface Harm {
  readonly what: string
  readonly ending: RegExp
  readonly how: (path: string) => void
}

const harms: readonly Harm[] = [
  { what: 'lists gone', ending: /snap-.*avro$/, how: rmSync },
  { what: 'manifests halved', ending: /-m0\.avro$/, how: halve },
  { what: 'metadata gone', ending: /metadata\.json$/, how: rmSync },
  { what: 'data gone', ending: /\.parquet$/, how: rmSync },
]

const kinds: readonly Kind[] = [
  { kind: 'append', header: 'write: append\nreads: { raw.t: changes }' },
  { kind: 'interval', header: 'write: { interval: seen }', where: 'where seen >= $from and seen < $to' },
  { kind: 'history', header: 'write: { history: id, type: 2, changedAt: seen }\nreads: { raw.t: changes }' },
  {
    kind: 'merge with quarantine',
    header:
      'write: { merge: id }\nreads: { raw.t: changes }\ncolumns:\n  id: { checks: [{ rule: { max: 9 }, on: quarantine }] }',
    beside: ['silver.a__rejects'],
  },
]

const rowsIn = { id: 'int64', seen: 'timestamp' }
const csv = (...ids: readonly number[]): string =>
  `id,seen\n${ids.map((id) => `${id},2026-01-0${(id % 5) + 1}\n`).join('')}`

test.each(kinds.flatMap((kind) => harms.map((one) => ({ ...kind, ...one }))))(
  'a full refresh builds a table of $kind with its $what',
  async ({ header, where = '', beside = [], ending, how }) => {
    const root = makeProject({
      'tables/raw/t.ts': csvSource('raw.t', rowsIn),
      'tables/silver/a.sql': model(header, `select id, seen from raw.t ${where}`),
      'in/raw.t/1.csv': csv(1, 2, 11),
    })
    lab = new Lab(root)
    expect(said(await lab.run())).toEqual(['ok'])
    const before = await lab.rows('from silver.a order by id')
    await harm('silver.a', ending, how)
    for (const table of beside) await harm(table, ending, how)
    const ran = await lab.run({ plan: { fullRefresh: true, select: ['silver.a'] } })
    expect(said(ran)).toEqual(['ok'])
    expect(await lab.rows('from silver.a order by id')).toEqual(before)
    const rejects: unknown[] = []
    for (const table of beside) rejects.push(...(await lab.rows(`select raw from ${table}`)))
    expect(rejects.length).toBe(beside.length)
    expect(await lab.plan()).toEqual([])
    writeFiles(root, { 'in/raw.t/2.csv': csv(3) })
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await lab.rows('select id from silver.a where id < 9 order by id')).toEqual([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ])
  },
)

test.each(harms)('a source whose table has its $what lands all files that are there again', async ({ ending, how }) => {
  const root = makeProject({ 'tables/raw/t.ts': csvSource('raw.t', rowsIn), 'in/raw.t/1.csv': csv(1, 2) })
  lab = new Lab(root)
  expect(said(await lab.run())).toEqual(['ok'])
  writeFiles(root, { 'in/raw.t/2.csv': csv(3) })
  expect(said(await lab.run())).toEqual(['ok'])
  await harm('raw.t', ending, how)
  expect(said(await lab.run({ plan: { fullRefresh: true, select: ['raw.t'] } }))).toEqual(['ok'])
  expect(await lab.rows('select id from raw.t order by id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
})

test('rows that only a damaged table has are asked for before it is begun anew', async () => {
  const root = makeProject({
    'tables/t/now.ts': csvSource('t.now', { id: 'int64' }).replace("write: 'append'", "write: 'replace'"),
    'tables/t/all.sql': model('write: { merge: id }', 'select id from t.now'),
    'in/t.now/1.csv': 'id\n1\n',
  })
  lab = new Lab(root)
  expect(said(await lab.run())).toEqual(['ok'])
  rmSync(join(root, 'in/t.now/1.csv'))
  writeFiles(root, { 'in/t.now/2.csv': 'id\n2\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('from t.all order by id')).toEqual([{ id: 1 }, { id: 2 }])
  await harm('t.all', /metadata\.json$/, rmSync)
  const again = { fullRefresh: true, select: ['t.all'] }
  expect(said(await lab.run({ plan: again }))).toEqual(['failed', 'plan/would-lose-history'])
  expect(said(await lab.run({ plan: { ...again, allow: ['t.all'] } }))).toEqual(['ok'])
})

test('a damaged table of rejects is mended where none are met any more, too', async () => {
  const root = makeProject({
    'tables/t/rows.ts': csvSource('t.rows', { id: 'int64' }),
    'in/t.rows/1.csv': 'id\n1\nx\n',
  })
  lab = new Lab(root)
  expect(said(await lab.run())).toEqual(['ok'])
  await harm('t.rows__rejects', /\.parquet$/, rmSync)
  writeFiles(root, { 'in/t.rows/1.csv': 'id\n1\n2\n' })
  expect(said(await lab.run({ plan: { fullRefresh: true, select: ['t.rows'] } }))).toEqual(['ok'])
  expect(await lab.rows('from t.rows__rejects')).toEqual([])
})

test('what reads the changes of a damaged table that was rolled back says what builds it anew', async () => {
  const root = makeProject({
    'tables/raw/t.ts': csvSource('raw.t', rowsIn),
    'tables/silver/a.sql': model('write: append\nreads: { raw.t: changes }', 'select id from raw.t'),
    'in/raw.t/1.csv': csv(1),
  })
  lab = new Lab(root)
  expect(said(await lab.run())).toEqual(['ok'])
  const { lakehouse } = await lab.workspace()
  const [first] = await lakehouse.catalog.log('dev')
  writeFiles(root, { 'in/raw.t/2.csv': csv(2) })
  expect(said(await lab.run())).toEqual(['ok'])
  const [snapshot = ''] = await newest('raw.t', /snap-.*avro$/)
  await lab.close()
  rmSync(snapshot)
  await rollback((await lab.workspace()).lakehouse, first?.id ?? '', ['raw.t'])
  const ran = await lab.run()
  expect(said(ran)).toEqual(['failed', 'run/input-forgotten'])
  expect(ran.issues.map((one) => describeIssue(one).fix)).toEqual([
    'Build it anew with `millrace run --select silver.a --full-refresh`.',
  ])
  expect(said(await lab.run({ plan: { fullRefresh: true, select: ['silver.a'] } }))).toEqual(['ok'])
  expect(await lab.rows('from silver.a order by id')).toEqual([{ id: 1 }, { id: 2 }])
})

async function newest(table: TableName, ending: RegExp): Promise<readonly string[]> {
  return (await filesOf(table, ending)).toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
}

test('a damaged table is rolled back to a publication that has the same rows, too', async () => {
  lab = new Lab(makeProject({ 'tables/t/it.sql': model('write: replace', 'select 1 as id') }))
  expect(said(await lab.run())).toEqual(['ok'])
  const { catalog } = (await lab.workspace()).lakehouse
  const [first] = await catalog.log('dev')
  await lab.edit({ 'tables/t/it.sql': model('write: replace', 'select 2 as id') })
  expect(said(await lab.run())).toEqual(['ok'])
  const back = async (): Promise<unknown> =>
    (await rollback((await lab.workspace()).lakehouse, first?.id ?? '', []))?.moves.length
  expect(await back()).toBe(1)
  expect(await back()).toBeUndefined()
  const [list = ''] = await newest('t.it', /snap-.*avro$/)
  await lab.close()
  rmSync(list)
  await expect(lab.rows('from t.it')).rejects.toThrow('lake/corrupt')
  expect(await back()).toBe(1)
  expect(await lab.rows('from t.it')).toEqual([{ id: 1 }])
})

test('a promotion onto a damaged table, and a comparison with one, say what mends the base', async () => {
  const files = { 'tables/t/it.sql': model('write: replace', 'select 1 as id') }
  lab = new Lab(makeProject(files, `dev: {}, fix: { base: 'dev' }`))
  expect(said(await lab.run())).toEqual(['ok'])
  const base = { environment: 'dev', at: 'latest' } as const
  await (await lab.workspace()).lakehouse.catalog.createEnvironment({ name: 'fix', base })
  await lab.edit({ 'tables/t/it.sql': model('write: replace', 'select 2 as id') })
  expect(said(await lab.run({ env: 'fix' }))).toEqual(['ok'])
  await damage('t.it')
  const { lakehouse, graph } = await lab.workspace('fix')
  for (const work of [() => promote(lakehouse, graph, 'fix', []), () => diffEnvironment(lakehouse, 'fix')]) {
    const refused = await work().catch((error: unknown) => error)
    expect(refused).toMatchObject({ issues: [{ code: 'lake/corrupt', params: { table: 't.it', environment: 'dev' } }] })
    const { issues } = refused as MillraceError
    expect(issues.map((one) => describeIssue(one).fix).join()).toContain(
      '`millrace run --env dev --full-refresh --select t.it`',
    )
  }
  await lab.close()
  expect(said(await lab.run({ plan: refresh }))).toEqual(['ok'])
  const opened = await lab.workspace('fix')
  await expect(promote(opened.lakehouse, opened.graph, 'fix', [])).rejects.toMatchObject({
    issues: [{ code: 'lake/fork-diverged', params: { table: 't.it', name: 'fix', base: 'dev' } }],
  })
})

test('versions of a table whose metadata was exchanged are told, and not shown as each other', async () => {
  lab = new Lab(makeProject({ 'tables/t/it.sql': model('write: replace', 'select 1 as id') }))
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'tables/t/it.sql': model('write: replace', 'select 2 as id') })
  expect(said(await lab.run())).toEqual(['ok'])
  const [last = '', first = ''] = await newest('t.it', /metadata\.json$/)
  await lab.close()
  const [newer, older] = [readFileSync(last), readFileSync(first)]
  writeFileSync(last, older)
  writeFileSync(first, newer)
  await expect(lab.rows('from t.it')).rejects.toThrow('it holds another version of the table')
  expect(said(await lab.run({ plan: refresh }))).toEqual(['ok'])
  expect(await lab.rows('from t.it')).toEqual([{ id: 2 }])
})
