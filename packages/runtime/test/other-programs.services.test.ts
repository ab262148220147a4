// What other programs see of our tables, and we of theirs, by the real project.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TableName } from '@millrace/core'
import { clean, listTables, pinsAt, planWork, stateOf, tableRef } from '@millrace/runtime'
import { readWithPyIceberg } from '@millrace/testkit/pyiceberg'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { pythonEnvironment } from '../../../tools/python-env.ts'
import { Lab, said } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

let python = ''
let lab: Lab
beforeAll(() => {
  python = pythonEnvironment()
})
afterEach(async () => await lab.close())
afterAll(removeProjects)

const read = async (table: TableName): Promise<readonly object[]> => {
  const { lakehouse } = await lab.workspace()
  return readWithPyIceberg({ python, catalog: lakehouse.paths.catalog, environment: 'dev', table })
}

test('a column that was written in another case is one field to PyIceberg: old and new rows have its values', async () => {
  const root = makeProject({
    'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', name: 'string' }),
    'tables/t/it.sql': model('write: append', 'select id, name from raw.rows'),
  })
  lab = new Lab(root)
  writeFiles(root, { 'in/raw.rows/1.csv': 'id,name\n1,a\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'tables/t/it.sql': model('write: append', 'select id, name as "Name" from raw.rows') })
  expect(said(await lab.run())).toEqual(['ok'])
  writeFiles(root, { 'in/raw.rows/2.csv': 'id,name\n2,b\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  expect((await read('t.it')).map((row) => JSON.stringify(row)).toSorted()).toEqual([
    '{"id":"1","Name":"a"}',
    '{"id":"2","Name":"b"}',
  ])
})

const create = `
import sys, pyarrow
from pyiceberg.catalog.sql import SqlCatalog
catalog = SqlCatalog("dev", uri="sqlite:///" + sys.argv[1], warehouse="file://" + sys.argv[2])
name, ids, version = sys.argv[3], [int(one) for one in sys.argv[4].split(",")], sys.argv[5]
catalog.create_namespace_if_not_exists(name.split(".")[0])
rows = pyarrow.table({"id": pyarrow.array(ids, pyarrow.int64()), "Name": [f"n{one}" for one in ids]})
table = catalog.create_table_if_not_exists(name, rows.schema, properties={"format-version": version})
table.append(rows)
`

/** Another program makes a table straight in our catalog, or appends to it. */
async function foreignRows(
  table: string,
  ids: string,
  options: { folder?: string; version?: string } = {},
): Promise<void> {
  const { lakehouse } = await lab.workspace()
  const { folder = join(lab.root, 'elsewhere'), version = '2' } = options
  const done = spawnSync(python, ['-c', create, lakehouse.paths.catalog, folder, table, ids, version])
  if (done.status !== 0) throw new Error(done.stderr.toString())
}

const listed = async (): Promise<readonly unknown[]> => {
  const { lakehouse } = await lab.workspace()
  return (await listTables(lakehouse)).map(({ ref, state }) => [ref.table, state?.rows ?? null, ref.foreign ?? false])
}

function oneTable(): string {
  return makeProject({
    'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', name: 'string' }),
    'tables/t/it.sql': model('write: replace', 'select id, name from raw.rows'),
  })
}

test('a table that PyIceberg makes in the catalog is listed and read, and no plan or run sees it', async () => {
  lab = new Lab(oneTable())
  writeFiles(lab.root, { 'in/raw.rows/1.csv': 'id,name\n1,a\n' })
  await lab.run()
  await foreignRows('other.things', '7,8')
  const ours = [
    ['raw.rows', 1, false],
    ['t.it', 1, false],
  ]
  expect(await listed()).toEqual([['other.things', 2, true], ...ours])
  const asked =
    'select o.id, o.name, i.name as mine from other.things o left join t.it i on i.id = o.id - 6 order by o.id'
  expect(await lab.rows(asked)).toEqual([
    { id: 7, Name: 'n7', mine: 'a' },
    { id: 8, Name: 'n8', mine: null },
  ])
  await foreignRows('other.things', '9')
  expect(await lab.rows('select max(id) as id, count(*) as n from other.things')).toEqual([{ id: 9, n: 3 }])
  const { lakehouse } = await lab.workspace()
  const ref = tableRef(await pinsAt(lakehouse, undefined), 'other.things', 'dev')
  expect(await lakehouse.format.versions(ref)).toHaveLength(2)
  expect((await stateOf(lakehouse, ref)).ref.uuid).toMatch(/^[0-9a-f-]{36}$/)
  expect(await lab.plan()).toEqual([])
  expect((await lakehouse.catalog.environment('dev'))?.overlay).not.toHaveProperty(['other.things'])
  writeFiles(lab.root, { 'in/raw.rows/2.csv': 'id,name\n2,b\n' })
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await lab.rows('select count(*) as n from other.things')).toEqual([{ n: 3 }])
})

test('one that cannot be read hides none of the others', async () => {
  lab = new Lab(oneTable())
  await foreignRows('other.good', '1')
  await foreignRows('other.old', '1', { version: '1' })
  expect(await listed()).toEqual([
    ['other.good', 1, true],
    ['other.old', null, true],
  ])
  expect(await lab.rows('from other.good')).toEqual([{ id: 1, Name: 'n1' }])
  await expect(lab.rows('from other.old')).rejects.toThrow('lake/unsupported')
  const { lakehouse, graph } = await lab.workspace()
  expect(await clean(lakehouse, { graph, keepMs: 0, graceMs: 0, dryRun: false })).toMatchObject({ versions: 0 })
})

test('clean-up leaves its files where they lie among ours', async () => {
  lab = new Lab(oneTable())
  const { lakehouse, graph } = await lab.workspace()
  await foreignRows('other.things', '1,2', { folder: lakehouse.paths.lake })
  await clean(lakehouse, { graph, keepMs: 0, graceMs: 0, dryRun: false })
  expect(await lab.rows('select count(*) as n from other.things')).toEqual([{ n: 2 }])
  expect(await read('other.things')).toHaveLength(2)
})

test('a table of the project of the same name is refused by the plan, before anything is landed', async () => {
  lab = new Lab(oneTable())
  writeFiles(lab.root, { 'in/raw.rows/1.csv': 'id,name\n1,a\n' })
  await foreignRows('t.it', '7')
  const planned = await planWork(await lab.workspace(), {})
  expect(planned.plan.issues.map(({ code, params }) => [code, params])).toEqual([
    ['lake/foreign-table', { table: 't.it', environment: 'dev' }],
  ])
  await expect(lab.run()).rejects.toThrow('lake/foreign-table')
  expect(await listed()).toEqual([['t.it', 1, true]])
  expect(await lab.rows('from t.it')).toEqual([{ id: 7, Name: 'n7' }])
  expect(await read('t.it')).toEqual([{ id: '7', Name: 'n7' }])
})
