// Files bring columns that nobody declared: the table takes them, and whoever reads it sees those that the project knows.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareQuery, rollback } from '@millrace/runtime'
import { Lab, type Row, said } from './support/bench.ts'
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

describe('a view that waits for its run shows what is left of its columns', () => {
  const whole = { 'tables/s/v.sql': model('write: view', 'select * from b.a') }
  const over = { 'tables/s/over.sql': model('write: view', 'select * from s.v') }

  async function stale(
    columns: Record<string, string>,
    then: (stood: Lab, first: string) => Promise<void>,
  ): Promise<void> {
    const stood = new Lab(
      makeProject({ 'in/b.a/1.csv': 'id,t\n1,x\n', 'tables/b/a.ts': csvSource('b.a', columns), ...whole, ...over }),
    )
    try {
      const first = await stood.run()
      await then(stood, first.publication?.id ?? '')
    } finally {
      await stood.close()
    }
  }

  /** Both are asked: one reads the table, the other reads the first. Values stand under the names that are printed. */
  async function expectShown(stood: Lab, rows: readonly Row[]): Promise<void> {
    const { lakehouse, reader } = await stood.workspace()
    for (const sql of ['from s.v', 'from s.over']) {
      expect(await stood.rows(sql)).toEqual(rows)
      expect((await prepareQuery(lakehouse, reader, sql)).names).toEqual(Object.keys(rows[0] ?? {}))
    }
  }

  test('where its input lost a column', async () => {
    await stale({ id: 'int64', t: 'string' }, async (stood) => {
      await stood.edit({ 'tables/b/a.ts': csvSource('b.a', { id: 'int64' }) })
      expect(said(await stood.run({ plan: { select: ['b.a'], allow: ['b.a'] } }))).toEqual(['ok'])
      expect(await stood.rows('from b.a')).toEqual([{ id: 1 }])
      await expectShown(stood, [{ id: 1 }])
    })
  })

  test('where a column of its input got another name', async () => {
    await stale({ id: 'int64', t: 'string' }, async (stood) => {
      const renamed = csvSource('b.a', { nid: "int64', was: 'id", t: 'string' })
      await stood.edit({ 'tables/b/a.ts': renamed })
      expect(said(await stood.run({ plan: { select: ['b.a'] } }))).toEqual(['ok'])
      expect(await stood.rows('from b.a')).toEqual([{ nid: 1, t: 'x' }])
      await expectShown(stood, [{ t: 'x' }])
    })
  })

  test('and none where its text names one of them', async () => {
    await stale({ id: 'int64', t: 'string' }, async (stood) => {
      await stood.edit({ 'tables/s/v.sql': model('write: view', 'select id, upper(t) as t from b.a') })
      await stood.run()
      await stood.edit({ 'tables/b/a.ts': csvSource('b.a', { id: 'int64' }), 'tables/s/v.sql': 'select id from b.a\n' })
      await stood.run({ plan: { select: ['b.a'], allow: ['b.a'] } })
      for (const sql of ['from s.v', 'from s.over'])
        await expect(stood.rows(sql)).rejects.toThrow('run/view-behind: s.v')
    })
  })

  test('where its input went back to before it got a column', async () => {
    await stale({ id: 'int64' }, async (stood, first) => {
      await stood.edit({ 'tables/b/a.ts': csvSource('b.a', { id: 'int64', u: 'string' }) })
      expect(said(await stood.run())).toEqual(['ok'])
      expect(Object.keys((await stood.rows('from s.v'))[0] ?? {})).toContain('u')
      await rollback((await stood.workspace()).lakehouse, first, ['b.a'])
      await expectShown(stood, [{ id: 1 }])
    })
  })
})
