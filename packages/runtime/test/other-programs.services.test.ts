// What other programs see of our tables, and we of theirs, by the real project.
import type { TableName } from '@millrace/core'
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
