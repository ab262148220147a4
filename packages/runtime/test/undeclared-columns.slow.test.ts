// Files bring columns that nobody declared: the table takes them, and whoever reads it sees those that the project knows.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects } from './support/project.ts'

const files = {
  'in/raw.a/1.csv': 'id\n1\n',
  'tables/raw/a.ts': csvSource('raw.a', { id: 'int64' }),
  'tables/t/shown.sql': model('write: view', 'select * from raw.a'),
  'tables/t/both.sql': model('write: view', 'select * from t.shown union all select * from raw.a'),
  'tables/t/added.sql': model('write: append', 'select * from raw.a'),
  'tables/t/whole.sql': model('write: replace', 'select * from raw.a'),
  'tables/t/over.sql': model('write: replace', 'select * from t.shown'),
  'tables/t/code.ts': `import { defineModel } from 'millrace'
export default defineModel({ reads: ['raw.a'], write: 'replace', columns: { names: { type: 'string' } },
  async *run({ rows }) { for await (const row of rows('raw.a')) yield { names: Object.keys(row).join() } } })\n`,
}

let lab: Lab
beforeAll(async () => {
  lab = new Lab(makeProject(files))
  for (const more of [{}, { 'in/raw.a/2.csv': 'extra,id,n\nx,2,5\n' }, { 'in/raw.a/3.csv': 'extra,id,n\ny,3,6\n' }]) {
    await lab.edit(more)
    const ran = await lab.run()
    if (ran.status !== 'ok') throw new Error(said(ran).join(' '))
  }
})
afterAll(async () => {
  await lab.close()
  removeProjects()
})

const ids = [{ id: 1 }, { id: 2 }, { id: 3 }]

test('the table has them', async () => {
  expect(await lab.rows('from raw.a order by id')).toEqual([
    { id: 1, extra: null, n: null },
    { id: 2, extra: 'x', n: '5' },
    { id: 3, extra: 'y', n: '6' },
  ])
})

test.each(['t.shown', 't.added', 't.whole', 't.over'])('%s has the columns that are declared', async (table) => {
  expect(await lab.rows(`from ${table} order by id`)).toEqual(ids)
})

test('a view puts tables together by the columns that it knows', async () => {
  expect(await lab.rows('from t.both order by id')).toEqual(ids.flatMap((row) => [row, row]))
})

test('rows given to a function have the columns that it is typed by', async () => {
  expect(await lab.rows('from t.code')).toEqual([{ names: 'id' }, { names: 'id' }, { names: 'id' }])
})
