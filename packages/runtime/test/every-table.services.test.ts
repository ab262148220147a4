// Every kind of table that Millrace writes, as other programs read it: every value, after each way in which a table goes on.
import { promote, rollback, withLeases } from '@millrace/runtime'
import { readWithBoth, runPyIceberg, spelled } from '@millrace/testkit/pyiceberg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pythonEnvironment } from '../../../tools/python-env.ts'
import { Lab, said, steps } from './support/bench.ts'
import { csvSource, type Files, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

const columns = 'id, name, amount, seen, happened_at'
const changes = 'reads: { raw.rows: changes }'
const rows = `select ${columns} from raw.rows`
/** Moments on both sides of 1970. */
const early = rows.replace('happened_at', 'happened_at - interval 56 years as happened_at')

const tables: Files = {
  'tables/raw/rows.ts': csvSource('raw.rows', {
    id: 'int64',
    name: 'string',
    amount: 'decimal(9,2)',
    seen: 'int64',
    happened_at: 'timestamptz',
  }),
  'seeds/ref/names.csv': 'code,day\nä,1969-12-31\n,2026-01-01\n',
  'seeds/ref/names.yaml': 'columns: { code: string, day: date }\n',
  'tables/api/things.ts': `import { defineSource } from 'millrace'
export default defineSource({
  write: 'append',
  columns: { id: { type: 'int64' }, price: { type: 'decimal(12,2)' }, tags: { type: { list: 'string' } } },
  async *read({ after }) {
    for (let at = Number(after ?? 0) + 1; at <= Number(after ?? 0) + 2; at++) {
      yield { row: { id: 9007199254740992n + BigInt(at), price: at + '.50', tags: at % 2 === 0 ? null : ['a', null] } }
      yield { position: String(at) }
    }
  },
})\n`,
  'tables/t/coded.ts': `import { defineModel } from 'millrace'
export default defineModel({
  reads: ['raw.rows'], write: 'replace', columns: { id: { type: 'int64' }, shout: { type: 'string' } },
  async *run({ rows }) {
    for await (const row of rows('raw.rows')) yield { id: row.id, shout: row.name === null ? null : row.name + '!' }
  },
})\n`,
  'tables/t/by_year.sql': model('write: replace\npartition: year(happened_at)', early),
  'tables/t/by_hour.sql': model('write: append\npartition: hour(happened_at)', early),
  'tables/t/by_start.sql': model(
    `write: { merge: id, newest: seen }\npartition: "truncate(1, name)"\n${changes}`,
    rows,
  ),
  'tables/t/by_bucket.sql': model(`write: { merge: id, newest: seen }\npartition: "bucket(3, id)"\n${changes}`, rows),
  'tables/t/daily.sql': model(
    'write: { interval: day }\npartition: day(day)',
    `select happened_at::date as day, sum(amount)::decimal(18,2) as amount from raw.rows
where happened_at >= $from and happened_at < $to group by all`,
  ),
  'tables/t/versions.sql': model(`write: { history: id, type: 2, changedAt: seen, track: [name] }\n${changes}`, rows),
  'tables/t/current.sql': model(`write: { history: id, type: 1, changedAt: seen }\n${changes}`, rows),
  'tables/t/laid.sql': model('write: append', rows),
  'tables/t/evolved.sql': model(
    'write: append\nforwardOnly: true',
    'select id::int as id, name, amount, amount::float as ratio from raw.rows',
  ),
  'tables/t/kept.sql': model('write: append', 'select id, name from raw.rows'),
}

/** Another layout; and columns that were renamed, widened, dropped and added over files that stay. */
const edited: Files = {
  'tables/t/laid.sql': model('write: append\npartition: [year(happened_at), "bucket(2, id)"]\nsort: [id]', rows),
  'tables/t/evolved.sql': model(
    'write: append\nforwardOnly: true\ncolumns: { title: { was: name } }',
    'select id, name as title, amount::double / 3 as ratio, happened_at as moment from raw.rows',
  ),
}

const first = [
  '1,ä,1.50,1,2025-12-31T23:30:00.000001Z',
  '2,,-2.25,1,2026-01-01T00:00:00Z',
  '3,bc,,1,2026-01-01T01:59:59.999999Z',
]
const second = [
  '1,ä,9.99,2,2026-01-02T00:00:00Z',
  '2,x,0.00,3,2026-01-01T00:30:00Z',
  '4,😀,7.00,2,2026-01-01T12:00:00Z',
]
const third = ['3,bd,3.00,4,2026-01-03T00:00:00Z', '5,,1.00,4,2025-12-31T00:00:00Z']
const fourth = ['1,z,4.00,5,2026-01-04T00:00:00Z', '6,f,6.00,5,2026-01-04T00:00:00Z']

let python = ''
let lab: Lab
let files = 0
beforeAll(() => {
  python = pythonEnvironment()
  lab = new Lab(makeProject(tables, `prod: {}, dev: { base: 'prod' }`))
})
afterAll(async () => {
  await lab.close()
  removeProjects()
})

async function lands(env: string, lines: readonly string[]): Promise<void> {
  writeFiles(lab.root, { [`in/raw.rows/${++files}.csv`]: `${[columns, ...lines].join('\n').replaceAll(', ', ',')}\n` })
  expect(said(await lab.run({ env, plan: { allow: ['t.evolved'] } }))).toEqual(['ok'])
}

/** Compares all tables of an environment that it has itself; answers how many rows they have. */
async function sameEverywhere(env: string): Promise<Readonly<Record<string, number>>> {
  const { lakehouse } = await lab.workspace(env)
  const overlay = (await lakehouse.catalog.environment(env))?.overlay ?? {}
  const own = Object.entries(overlay).flatMap(([table, ref]) => (ref?.format === 'iceberg' ? table : []))
  const theirs = readWithBoth({ python, catalog: lakehouse.paths.catalog, environment: env, tables: own })
  expect(theirs.size).toBe(2 * own.length)
  const counts: Record<string, number> = {}
  for (const table of own.toSorted()) {
    const ours = await lab.rows(`from ${table}`, env)
    counts[table] = ours.length
    for (const reader of ['pyiceberg', 'polars'])
      expect([reader, table, ...spelled(theirs.get(`${table} in ${reader}`) ?? [])]).toEqual([
        reader,
        table,
        ...spelled(ours),
      ])
  }
  return counts
}

test('every kind of table after several runs, with other layouts and other columns in between', async () => {
  await lands('prod', first)
  await lands('prod', second)
  await lab.edit(edited)
  const ran = await lab.run({ env: 'prod', plan: { allow: ['t.evolved'] } })
  expect([said(ran), steps(ran.plan).toSorted()]).toEqual([
    ['ok'],
    ['api.things: load', 't.evolved: restamp', 't.laid: relayout'],
  ])
  await lands('prod', third)
  expect(await sameEverywhere('prod')).toEqual({
    'api.things': 8,
    'raw.rows': 8,
    'ref.names': 2,
    't.by_bucket': 5,
    't.by_hour': 8,
    't.by_start': 5,
    't.by_year': 8,
    't.coded': 8,
    't.current': 5,
    't.daily': 4,
    't.evolved': 8,
    't.kept': 8,
    't.laid': 8,
    't.versions': 7,
  })
})

const foreignRow = `
from pyiceberg.catalog.sql import SqlCatalog
import pyarrow
catalog = SqlCatalog("prod", uri="sqlite:///" + request["catalog"], init_catalog_tables="false")
catalog.load_table("t.kept").append(pyarrow.table({"id": pyarrow.array([99], pyarrow.int64()), "name": ["theirs"]}))
rows = []
`

test('forks, their promotion, a squash over the rows of another program, and a rollback', async () => {
  await lands('dev', fourth)
  // All but the seed, which did not change.
  expect(Object.keys(await sameEverywhere('dev'))).toHaveLength(13)
  const { lakehouse, graph } = await lab.workspace('dev')
  const [before] = await lakehouse.catalog.log('prod')
  runPyIceberg(python, foreignRow, { catalog: lakehouse.paths.catalog })
  const into = { ...lakehouse, environment: 'prod' }
  const { moves } = await withLeases(into, 'promote', [], () => promote(lakehouse, graph, 'dev', []))
  expect(Object.groupBy(moves, (one) => one.how)).toMatchObject({ squash: [{ table: 't.kept' }] })
  expect(await lab.rows('select count(*) as n, max(id) as last from t.kept', 'prod')).toEqual([{ n: 11, last: 99 }])
  await sameEverywhere('prod')
  await rollback(into, String(before?.id), [])
  expect(await sameEverywhere('prod')).toMatchObject({ 'raw.rows': 8, 't.kept': 8, 't.versions': 7 })
})
