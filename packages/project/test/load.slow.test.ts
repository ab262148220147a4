import { compile, describeIssue, type Hash, type SourceDefinition } from '@millrace/core'
import { openSqlReader } from '@millrace/sql'
import { syntheticProject } from '@millrace/testkit'
import { hash } from 'node:crypto'
import { appendFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { loadProject } from '../src/index.ts'
import { config, type Folder, folder, load, model, removeFolders, short } from './folder.ts'

afterEach(removeFolders)

const plain = `export default defineModel({ reads: [], write: 'replace', columns: { a: { type: 'int64' } }, *run() {} })\n`

test('a configuration that exports no project is told at its file', async () => {
  const { issues, told } = await load(folder({ 'millrace.config.ts': 'export default { name: 1 }\n' }))
  expect(told).toEqual(['project/no-config millrace.config.ts:1:1+1'])
  expect(issues.map((one) => describeIssue(one).fix)).toEqual([
    "Write `export default defineProject({ name: '...', environments: { dev: {} } })`.",
  ])
})

test('a project of every kind of file', async () => {
  const place = folder({
    'millrace.config.ts': `import { defineProject, env } from 'millrace'
export default defineProject({ name: 'shop', environments: { dev: {}, prod: { base: 'dev', state: env('DB'), protected: true } } })`,
    'tables/bronze/orders.ts': `import { defineSource } from 'millrace'
export default defineSource({ connector: 'files', config: { path: 'in' }, maxRejects: 5,
  tables: { 'bronze.orders': { from: 'orders/*.csv', columns: { id: { type: 'int64' }, at_time: { type: 'timestamp' } } } } })`,
    'tables/bronze/clicks.ts': `import { defineSource } from 'millrace'
export default defineSource({ columns: { id: { type: 'int64', required: true } }, async *read() { yield { position: '1' } } })`,
    'tables/silver/orders.sql': `/* millrace
write: { merge: id, newest: at_time }
columns: { id: { checks: [unique] } }
*/
select id, at_time from bronze.orders`,
    'tables/gold/several.ts': `import { defineModel, defineCheck } from 'millrace'
export const a = defineModel({ name: 'gold.a', reads: ['silver.orders'], write: 'replace', columns: { id: { type: { list: 'int64' } } }, *run() {} })
export const b = defineModel({ name: 'gold.b', reads: { 'silver.orders': 'changes' }, write: { merge: 'id' }, columns: { id: { type: 'int64', required: true } }, *run() {} })
export const positive = defineCheck({ name: 'positive', table: 'gold.a', on: 'warn', run: () => [] })`,
    'seeds/bronze/countries.csv': 'code,name\nDE,Germany\n',
    'seeds/bronze/countries.yaml': 'columns: { code: string, name: string }\n',
  })
  const sqlReader = openSqlReader()
  const { project, facts, issues } = await loadProject(join(place.root, 'tables/silver'), { sqlReader })
  await sqlReader.close()
  expect(issues).toEqual([])
  expect(project.environments).toEqual({ dev: {}, prod: { base: 'dev', state: { secret: 'DB' }, protected: true } })
  expect(project.definitions.map((one) => `${one.kind} ${one.name}`)).toEqual([
    'model silver.orders',
    'source bronze.clicks',
    'source bronze.orders',
    'model gold.a',
    'model gold.b',
    'source bronze.countries',
  ])
  const found = new Map(project.definitions.map((one) => [one.name, one]))
  expect(found.get('silver.orders')).toMatchObject({
    tables: {
      'silver.orders': {
        write: { merge: 'id', newest: 'at_time' },
        columns: { id: { type: 'int64', checks: ['unique'] } },
      },
    },
    body: { sql: 'select id, at_time from bronze.orders', offset: 91 },
  })
  expect(found.get('bronze.orders')).toMatchObject({
    connector: 'files',
    maxRejects: 5,
    tables: { 'bronze.orders': { write: 'append', from: 'orders/*.csv' } },
  })
  const clicks = found.get('bronze.clicks') as SourceDefinition
  expect(clicks).toMatchObject({ connector: 'code', config: { module: 'tables/bronze/clicks.ts', export: 'default' } })
  expect(found.get('gold.a')).toMatchObject({
    tables: {
      'gold.a': {
        checks: [
          { rule: { code: { module: 'tables/gold/several.ts', export: 'positive' } }, name: 'positive', on: 'warn' },
        ],
      },
    },
    body: { code: { module: 'tables/gold/several.ts', export: 'a' }, reads: ['silver.orders'] },
  })
  expect(found.get('gold.b')).toMatchObject({
    reads: { 'silver.orders': 'changes' },
    body: { reads: ['silver.orders'] },
  })
  expect(found.get('bronze.countries')).toMatchObject({
    connector: 'seed',
    config: { path: 'seeds/bronze/countries.csv', format: 'csv' },
  })
  expect(facts.get('silver.orders')?.reads).toEqual(['bronze.orders'])
  const compiled = compile(project, facts, sqlReader.version, (text) => hash('sha256', text) as Hash)
  expect(compiled.issues).toEqual([])
})

test('an empty folder is no project, and a project may be empty', async () => {
  const place = folder({})
  expect((await load(place)).told).toEqual(['project/not-found undefined:undefined:undefined+undefined'])
  place.write({ 'millrace.config.ts': config })
  const { project, told } = await load(place)
  expect([project.name, project.definitions, told]).toEqual(['shop', [], []])
})

test('every broken file is told at its place, and the others are loaded', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'tables/a/broken.ts': 'const a = 1\nconst b: = 3\n',
    'tables/a/throws.ts': "const a = 1\nthrow new Error('boom ' + a)\n",
    'tables/a/exits.ts': 'process.exit(3)\n',
    'tables/a/loops.ts': 'while (true) {}\n',
    'tables/a/waits.ts': 'await new Promise(() => setInterval(() => {}, 1000))\n',
    'tables/a/misses.ts': "import './nowhere.ts'\n",
    'tables/a/prints.ts': model(`console.log('{"id":1}')\n${plain}`),
    'tables/a/nothing.ts': 'export const x = 1\n',
    'tables/a/fine.ts': model(plain),
  })
  const { project, told, issues } = await load(place, { deadlineMs: 1500 })
  expect(told).toEqual([
    'project/code-failed tables/a/broken.ts:2:1+1',
    'project/code-exited tables/a/exits.ts:1:1+1',
    'project/code-hangs tables/a/loops.ts:1:1+1',
    'project/code-failed tables/a/misses.ts:1:11+10',
    'project/no-definition tables/a/nothing.ts:1:1+1',
    'project/code-failed tables/a/throws.ts:2:7+1',
    'project/code-hangs tables/a/waits.ts:1:1+1',
  ])
  expect(issues.map((one) => describeIssue(one).message)[5]).toBe('tables/a/throws.ts cannot be loaded: boom 1')
  expect(project.definitions.map((one) => one.name)).toEqual(['a.fine', 'a.prints'])
})

const sourceOf = (table: string, name: string): string => `import { defineSource } from 'millrace'
export default defineSource({ name: '${name}', connector: 'files', config: { path: 'in/*.csv' },
  tables: { '${table}': { columns: { x: { type: 'int64' } } } } })\n`

test('names: one definition per table, also by case, and only names that work everywhere', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'tables/a/one.sql': 'select 1 as x',
    'tables/a/one.ts': model(plain),
    'tables/a/Two.sql': 'select 1 as x',
    'tables/a/two.sql': 'select 1 as x',
    'tables/a/three-four.sql': 'select 1 as x',
    'tables/a/b/c.sql': 'select 1 as x',
    'tables/d.sql': 'select 1 as x',
    'tables/main/e.sql': 'select 1 as x',
    'tables/a/v.2.sql': 'select 1 as x',
    'seeds/a/seed.csv': 'x\n1\n',
    'tables/c/first.ts': sourceOf('c.first', 'files'),
    'tables/c/second.ts': sourceOf('c.second', 'Files'),
  })
  const { told, project } = await load(place)
  expect(told.toSorted()).toEqual([
    'project/name-twice tables/c/second.ts:1:1+1',
    'project/seed-columns seeds/a/seed.csv:1:1+1',
    'project/table-name tables/a/three-four.sql:1:1+1',
    'project/table-name tables/a/v.2.sql:1:1+1',
    'project/table-name tables/main/e.sql:1:1+1',
    'project/table-path tables/a/b/c.sql:1:1+1',
    'project/table-path tables/d.sql:1:1+1',
    'project/table-twice tables/a/one.ts:1:1+1',
    'project/table-twice tables/a/two.sql:1:1+1',
  ])
  expect(project.definitions.map((one) => one.name)).toEqual(['a.Two', 'a.one', 'files'])
})

test('mistakes in definitions are told where their key is written', async () => {
  const place = folder({
    'millrace.config.ts': `import { defineProject } from 'millrace'
export default defineProject({
  name: 'shop',
  environments: {
    dev: { bse: 'x' },
    a: { base: 'b' },
    b: { base: 'a' },
    c: { base: 'dve' },
  },
} as never)`,
    'tables/a/bad.ts': model(`export default defineModel({
  reads: [],
  write: 'replac',
  columns: { a: { type: 'in64' }, b: { type: 'int64', note: new Date(0) } },
  *run() {},
} as never)\n`),
    'tables/a/more.ts':
      model(`export const first = defineModel({ name: 'a.b-c', reads: [], write: 'replace', columns: {}, *run() {} })
export const second = defineModel({ reads: [], write: 'replace', columns: {}, *run() {} })\n`),
    'tables/a/check.ts':
      "import { defineCheck } from 'millrace'\nexport default defineCheck({ name: 'x', table: 'a.bda', run: () => [] } as never)\n",
    'tables/a/run.ts': model(`export const one = defineModel({ name: 'a.one', reads: [], write: 'replace',
  columns: { a: 'int64' },
  run: 5 } as never)
export const two = defineSource({ name: 'a.two', columns: { a: { type: 'int64' } }, read: { row: 1 } } as never)\n`).replace(
      'defineModel',
      'defineModel, defineSource',
    ),
    'tables/a/head.sql': '/* millrace\nwrite: view\ncolumns:\n  id: { typ: int64 }\n*/\nselect 1 as id\n',
  })
  expect((await load(place)).told).toEqual([
    'project/unknown-key millrace.config.ts:5:12+3 [base]',
    'project/base-cycle millrace.config.ts:6:17+1',
    'project/base-unknown millrace.config.ts:8:17+3 [dev]',
    'project/unknown-key tables/a/head.sql:4:9+3 [type]',
    'project/not-data tables/a/bad.ts:5:55+4',
    'project/wrong-value tables/a/bad.ts:4:3+5 [replace]',
    'project/unknown-type tables/a/bad.ts:5:19+4 [int64,int8,uint64]',
    'project/table-name tables/a/more.ts:2:43+5',
    'project/name-needed tables/a/more.ts:3:14+6',
    'project/wrong-value tables/a/run.ts:4:3+3',
    'project/wrong-value tables/a/run.ts:5:85+4',
    'sql/unknown-table tables/a/check.ts:1:1+1 [a.bad]',
  ])
})

test('the hash of code covers what it reaches and nothing else', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'lib/used.ts': "import { deep } from './deep.ts'\nexport const used = deep + 1\n",
    'lib/deep.ts': 'export const deep = 1\n',
    'lib/unused.ts': 'export const unused = 1\n',
    'tables/a/m.ts': model(`import { used } from '../../lib/used.ts'\nexport const m = used\n${plain}`),
    'tables/a/n.ts': model(plain),
  })
  const hashes = async (): Promise<readonly unknown[]> =>
    (await load(place)).project.definitions.map((one) =>
      'body' in one && 'code' in one.body ? one.body.code.hash : null,
    )
  const before = await hashes()
  expect(await hashes()).toEqual(before)
  place.write({ 'lib/unused.ts': 'export const unused = 2\n' })
  expect(await hashes()).toEqual(before)
  place.write({ 'lib/deep.ts': 'export const deep = 2\n' })
  const after = await hashes()
  expect(after[0]).not.toBe(before[0])
  expect(after[1]).toBe(before[1])
})

/** The hash of each model's code. */
async function hashesOf(place: Folder): Promise<readonly unknown[]> {
  const { project } = await load(place)
  return project.definitions.map((one) => ('body' in one && 'code' in one.body ? one.body.code.hash : null))
}

test('the hash of code covers what a function imports when it runs', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'lib/h.ts': "import './deep.ts'\nimport type { T } from './types.ts'\nexport const k: T = 1\n",
    'lib/deep.ts': 'export {}\n',
    'lib/types.ts': 'export type T = number\n',
    'tables/a/m.ts': model(`export const m = async () => (await import('../../lib/h.ts')).k\n${plain}`),
    'tables/a/n.ts': model(`export const n = (a: import('../../lib/h.ts').K) => a\n${plain}`),
  })
  const [m, n] = await hashesOf(place)
  place.write({ 'lib/types.ts': 'export type T = number | string\n' })
  expect(await hashesOf(place)).toEqual([m, n])
  place.write({ 'lib/deep.ts': 'export const deep = 2\n' })
  const [deeper, same] = await hashesOf(place)
  expect(same).toBe(n)
  place.write({ 'lib/h.ts': "import './deep.ts'\nexport const k = 2\n" })
  expect(new Set([m, deeper, ...(await hashesOf(place))])).toHaveProperty('size', 4)
})

test('the hash of a model covers the variables that its code looked at, set, empty or not set', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'lib/factor.ts': "export const factor = process.env['MILLRACE_TEST_FACTOR'] ?? '1'\n",
    'tables/a/m.ts': model(`import { factor } from '../../lib/factor.ts'\nexport const m = factor\n${plain}`),
    'tables/a/n.ts': model(`export const n = 'MILLRACE_TEST_STAGE' in process.env\n${plain}`),
    'tables/a/o.ts': model(`console.error('shown')\n${plain}`),
  })
  const [m, n, o] = await hashesOf(place)
  try {
    process.env['MILLRACE_TEST_FACTOR'] = ''
    const [empty, ...others] = await hashesOf(place)
    expect([empty === m, ...others]).toEqual([false, n, o])
    process.env['MILLRACE_TEST_FACTOR'] = '5'
    const [five] = await hashesOf(place)
    expect([m, empty]).not.toContain(five)
    process.env['MILLRACE_TEST_STAGE'] = ''
    expect((await hashesOf(place))[1]).not.toBe(n)
  } finally {
    delete process.env['MILLRACE_TEST_FACTOR']
    delete process.env['MILLRACE_TEST_STAGE']
  }
  expect(await hashesOf(place)).toEqual([m, n, o])
})

test('a copy of all variables is a listing: only those that are looked at by name decide what a model computes', async () => {
  const copy = (more: string): string => model(`export const all = ${more}\n${plain}`)
  const place = folder({
    'millrace.config.ts': config,
    'tables/a/m.ts': copy('{ ...process.env }'),
    'tables/a/n.ts': copy('Object.assign({}, process.env)'),
    'tables/a/o.ts': copy('Object.entries(process.env).length + Object.keys(process.env).length'),
    'tables/a/p.ts': copy(`[{ ...process.env }, Object.keys(process.env), process.env['MILLRACE_TEST_LAST']]`),
  })
  process.env['MILLRACE_TEST_LAST'] = '1'
  try {
    const before = await hashesOf(place)
    process.env['MILLRACE_TEST_LAST'] = '2'
    const after = await hashesOf(place)
    expect(after.map((one, at) => one === before[at])).toEqual([true, true, true, false])
  } finally {
    delete process.env['MILLRACE_TEST_LAST']
  }
})

test('a definition that looks at the environment is loaded again when that changes', async () => {
  const place = folder({
    'millrace.config.ts': `import { defineProject } from 'millrace'
export default defineProject({ name: 'shop', environments: { dev: { lake: process.env['MILLRACE_TEST_LAKE'] ?? 'none' } } })`,
  })
  const lake = async (): Promise<unknown> => (await load(place)).project.environments['dev']?.lake
  expect(await lake()).toBe('none')
  process.env['MILLRACE_TEST_LAKE'] = 'lake-0'
  expect(await lake()).toBe('lake-0')
  // Also one that is looked at in a copy of all.
  place.write({
    'millrace.config.ts': `import { defineProject } from 'millrace'
const { MILLRACE_TEST_LAKE: lake = 'none' } = { ...process.env }
export default defineProject({ name: 'shop', environments: { dev: { lake } } })`,
  })
  expect(await lake()).toBe('lake-0')
  process.env['MILLRACE_TEST_LAKE'] = 'lake-1'
  expect(await lake()).toBe('lake-1')
  delete process.env['MILLRACE_TEST_LAKE']
  expect(await lake()).toBe('none')
})

test('a synthetic project compiles, and is the same from the cache', async () => {
  const place = folder(Object.fromEntries(syntheticProject({ models: 60, layers: 6, width: 5 })))
  const read = async () => {
    const sqlReader = openSqlReader({ cacheDir: join(place.root, '.millrace/cache') })
    const loaded = await loadProject(place.root, { sqlReader })
    await sqlReader.close()
    return loaded
  }
  // Functions that find places are made anew.
  const asData = (loaded: Awaited<ReturnType<typeof read>>): object => ({
    ...loaded,
    project: JSON.parse(JSON.stringify(loaded.project)) as unknown,
  })
  const first = await read()
  const cached = statSync(join(place.root, '.millrace/cache/project-1.jsonl')).size
  const second = await read()
  expect(first.issues).toEqual([])
  expect(asData(second)).toEqual(asData(first))
  expect(statSync(join(place.root, '.millrace/cache/project-1.jsonl')).size).toBe(cached)
  const compiled = compile(first.project, first.facts, 'test', (text) => hash('sha256', text) as Hash)
  expect([compiled.issues, compiled.graph.nodes.size]).toEqual([[], 61])
})

test('an edited model is told at its own lines', async () => {
  const place = folder(Object.fromEntries(syntheticProject({ models: 4, layers: 2, width: 2 })))
  const file = 'tables/layer_1/model_3.sql'
  appendFileSync(join(place.root, file), '  and nope > 1\n')
  const sqlReader = openSqlReader()
  const { facts } = await loadProject(place.root, { sqlReader })
  await sqlReader.close()
  const line = readFileSync(join(place.root, file), 'utf8').trimEnd().split('\n').length
  expect(facts.get('layer_1.model_3')?.issues.map(short)).toEqual([`sql/unknown-column ${file}:${line}:7+4`])
})

test('models see what a history adds to a table, by the types that are declared', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'tables/silver/members.ts': model(
      `export default defineModel({ reads: [], write: { history: 'id', changedAt: 'since' },
  columns: { id: { type: 'int64' }, since: { type: 'date' } }, *run() {} })\n`,
    ),
    'tables/silver/prices.sql': `/* millrace
write: { history: id, changedAt: since }
columns: { since: date }
*/
select id, since::timestamp as since from silver.members where valid_to is null`,
    'tables/gold/now.sql':
      'select m.valid_from as a, p.valid_from as b from silver.members m join silver.prices p using (id)',
  })
  const sqlReader = openSqlReader()
  const { project, facts, issues } = await loadProject(place.root, { sqlReader })
  await sqlReader.close()
  const compiled = compile(project, facts, sqlReader.version, (text) => hash('sha256', text) as Hash)
  expect([...issues, ...compiled.issues].map((one) => one.code)).toEqual([])
  const columns = (table: 'silver.prices' | 'gold.now') => compiled.graph.nodes.get(table)?.outputs[table]?.columns
  expect(columns('silver.prices')).toMatchObject({ since: { type: 'date' }, valid_from: { type: 'date' } })
  expect(columns('gold.now')).toEqual({ a: { type: 'date' }, b: { type: 'date' } })
})

test('an import that finds nothing is told where it stands, and what its file would define is a broken input', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'lib/deep.ts': "const one = 1\nimport '../lib/nowhere.ts'\nexport { one }\n",
    'tables/a/name.ts': "import {\n  defineModle,\n} from 'millrace'\nexport default defineModle({})\n",
    'tables/a/own.ts': "import { two } from '../../lib/values.ts'\nexport default two\n",
    'lib/values.ts': 'export const one = 1\n',
    'tables/a/through.ts': "import { one } from '../../lib/deep.ts'\nexport default one\n",
    'tables/a/package.ts': "import 'no-such-package'\n",
    'tables/b/reads.sql': 'select x from a.name',
    'tables/b/typo.sql': 'select x from a.nam',
  })
  const sqlReader = openSqlReader()
  const { issues, facts } = await loadProject(place.root, { sqlReader })
  await sqlReader.close()
  expect(issues.map(short)).toEqual([
    'project/code-failed tables/a/name.ts:2:3+11 [defineModel]',
    'project/code-failed tables/a/own.ts:1:10+3',
    'project/code-failed tables/a/package.ts:1:9+15',
    'project/code-failed lib/deep.ts:2:16+10',
  ])
  expect([...facts.values()].flatMap((one) => one.issues).map(short)).toEqual([
    'sql/input-broken tables/b/reads.sql:1:1+1',
    'sql/unknown-table tables/b/typo.sql:1:15+5 [a.name]',
  ])
})

test('a seed and the file beside it name the same columns', async () => {
  const place = folder({
    'millrace.config.ts': config,
    'seeds/a/fine.csv': '\uFEFFCode,"long name, quoted",n\r\nDE,x,1\r\n',
    'seeds/a/fine.yaml': 'columns: { code: string, "long name, quoted": string, n: int64 }\n',
    'seeds/a/other.csv': 'id,name\n1,a\n',
    'seeds/a/other.yaml': 'columns:\n  id: int64\n  nme: string\n',
    'seeds/a/twice.csv': 'id,n,ID\n1,2,3\n',
    'seeds/a/twice.yaml': 'columns: { id: int64, n: int64 }\n',
    'seeds/a/empty.csv': '',
    'seeds/a/empty.yaml': 'columns: { id: int64 }\n',
  })
  const { issues } = await load(place)
  expect(issues.map((one) => `${short(one)}: ${String(one.params['problem'])}`)).toEqual([
    'project/seed-header seeds/a/empty.csv:1:1+1: it has no first line',
    'project/seed-header seeds/a/other.csv:1:4+4 [nme]: its column name is not said',
    'project/seed-header seeds/a/other.yaml:3:3+3 [name]: it has no column nme',
    'project/seed-header seeds/a/twice.csv:1:6+2: it has two columns ID',
  ])
})
