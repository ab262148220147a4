// Where interval models look for rows: in which tables, and in which columns of them.
import { afterAll, describe, expect, test } from 'vitest'
import { issuesOf, run, said, withAsker } from './support/bench.ts'
import { csvSource, type Files, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)

const source = (name: string, columns: Files = { t: 'timestamp', v: 'int64' }): Files => ({
  [`tables/raw/${name}.ts`]: csvSource(`raw.${name}`, columns),
})
const arrives = (name: string, file: string, ...lines: readonly string[]): Files => ({
  [`in/raw.${name}/${file}.csv`]: `${['t,v', ...lines].join('\n')}\n`,
})
const view = (name: string, select: string): Files => ({ [`tables/v/${name}.sql`]: model('write: view', select) })
const daily = (input: string): Files => ({
  'tables/t/days.sql': model('write: { interval: t }', `select t, v from ${input} where t >= $from and t < $to`),
})
const days = async (root: string): Promise<readonly unknown[]> =>
  await withAsker(root, async (asker) => (await asker.rows('select v from t.days order by v')).map(({ v }) => v))

const two: Files = {
  ...source('a'),
  ...source('b'),
  ...arrives('a', '1', '2026-01-01 10:00:00,1', '2026-01-02 10:00:00,2'),
  ...arrives('b', '1', '2026-01-02 11:00:00,3', '2026-02-05 10:00:00,4'),
}

test('rows are looked for in every branch of a view, through views below it', async () => {
  const root = makeProject({
    ...two,
    ...view('b', 'select v, t as seen from raw.b'),
    ...view('all', 'select t, v from raw.a union all select seen, v from v.b'),
    ...daily('v.all'),
  })
  expect(said(await run(root))).toEqual(['ok'])
  expect(await days(root)).toEqual([1, 2, 3, 4])
  writeFiles(root, arrives('b', '2', '2025-12-01 10:00:00,0', '2026-02-09 10:00:00,5'))
  expect(said(await run(root))).toEqual(['ok'])
  expect(await days(root)).toEqual([0, 1, 2, 3, 4, 5])
})

test.each([
  ['computed', "select t + interval '1 month' as t, v from raw.b"],
  ['constant', "select timestamp '2026-03-01' as t, v from raw.b"],
])('a view with a branch whose time is %s is refused: where its rows lie is not known', async (_, branch) => {
  const root = makeProject({ ...two, ...view('all', `select t, v from raw.a union all ${branch}`), ...daily('v.all') })
  expect(await issuesOf(root)).toEqual(['model/window-unknown'])
})

test('a table that is read once within the bounds and once in full is filled where the full reading is a view of its own', async () => {
  const first = 'select v, min(t) as first from raw.a group by v'
  const joined = (join: string): string =>
    model(
      'write: { interval: t }',
      `select e.t, v, f.first from raw.a e join ${join} f using (v) where e.t >= $from and e.t < $to`,
    )
  const root = makeProject({ ...two, 'tables/t/days.sql': joined(`(${first})`) })
  expect(await issuesOf(root)).toEqual(['model/window-unknown'])
  writeFiles(root, { ...view('first', first), 'tables/t/days.sql': joined('v.first') })
  writeFiles(root, arrives('a', '2', '2026-01-03 10:00:00,1'))
  expect(said(await run(root))).toEqual(['ok'])
  const rows = await withAsker(root, (asker) =>
    asker.rows('select v, first::date::varchar as f from t.days order by t'),
  )
  expect(rows.map(({ v, f }) => [v, f])).toEqual([
    [1, '2026-01-01'],
    [2, '2026-01-02'],
    [1, '2026-01-01'],
  ])
})

test('what is advised in place of the clock and of the session works', async () => {
  const bad = { 't.a': 'select v, now() as at from raw.a', 't.b': 'select v, current_user as who from raw.a' }
  const models = (selects: Readonly<Record<string, string>>): Files =>
    Object.fromEntries(
      Object.entries(selects).map(([name, sql]) => [
        `tables/${name.replace('.', '/')}.sql`,
        model('write: replace', sql),
      ]),
    )
  const root = makeProject({ ...two, ...models(bad) })
  expect((await issuesOf(root)).toSorted()).toEqual(['sql/session-dependent', 'sql/time-dependent'])
  writeFiles(root, {
    ...daily('raw.a'),
    ...models({
      't.a': 'select v, (select max(t) from raw.a) as seen from raw.a',
      't.b': 'select v, who from raw.a cross join (select max(value) as who from ref.settings)',
    }),
    'seeds/ref/settings.csv': 'value\nme\n',
    'seeds/ref/settings.yaml': 'columns: { value: string }\n',
    'tables/t/c.ts': `import { defineModel } from 'millrace'
export default defineModel({ reads: [], write: 'replace', columns: { late: { type: 'boolean' } },
  *run() { yield { late: new Date() > new Date('2020-01-01') } } })\n`,
  })
  expect(said(await run(root))).toEqual(['ok'])
  expect(await days(root)).toEqual([1, 2])
  await withAsker(root, async (asker) => {
    expect(await asker.rows('select v, seen::varchar as seen from t.a order by v')).toEqual([
      { v: 1, seen: '2026-01-02 10:00:00' },
      { v: 2, seen: '2026-01-02 10:00:00' },
    ])
    expect(await asker.rows('select distinct who from t.b')).toEqual([{ who: 'me' }])
    expect(await asker.rows('from t.c')).toEqual([{ late: true }])
  })
})

test.each(['day', 'hour', 'month'])(
  'by %s, a typo in a year hides no row, and its own row has its place',
  async (grain) => {
    const root = makeProject({
      ...source('a'),
      ...arrives('a', '1', '2026-01-01 10:00:00,1', '20226-01-02 10:00:00,2'),
      'tables/t/days.sql': model(
        `write: { interval: t }\ngrain: ${grain}`,
        'select t, v from raw.a where t >= $from and t < $to',
      ),
    })
    expect(said(await run(root))).toEqual(['ok'])
    expect(await days(root)).toEqual([1, 2])
    writeFiles(root, arrives('a', '2', '2026-01-02 10:00:00,3', '20226-01-02 10:30:00,4'))
    expect(said(await run(root))).toEqual(['ok'])
    expect(await days(root)).toEqual([1, 2, 3, 4])
    expect((await run(root)).plan.steps).toEqual([])
  },
)

describe('moments beyond all calendars are told with their table and column, until they are mended', () => {
  const forever = model(
    'write: append',
    "select case when v = 3 then timestamp '290000-01-01' else t end as t, v from raw.a",
  )
  const start: Files = {
    ...source('a'),
    ...arrives('a', '1', '2026-01-01 10:00:00,1', '2026-01-02 10:00:00,2'),
    'tables/t/raw.sql': forever,
    ...daily('t.raw'),
    'tables/t/sum.sql': model('write: replace', 'select count(*) as n from t.days'),
  }
  const beyond = arrives('a', '2', '2026-01-03 10:00:00,3')
  const edited: Files = {
    'tables/t/days.sql': (daily('t.raw')['tables/t/days.sql'] ?? '').replace('v from', 'v + 10 as v from'),
  }
  const counted = async (root: string): Promise<unknown> =>
    await withAsker(root, async (asker) => (await asker.rows('from t.sum'))[0]?.['n'])

  test('the table stays as it is, and what hangs on it, although its definition changes or all of it is asked for', async () => {
    const root = makeProject(start)
    expect(said(await run(root))).toEqual(['ok'])
    writeFiles(root, beyond)
    expect(said(await run(root))).toEqual(['failed', 'plan/time-unknown', 'run/upstream-failed'])
    writeFiles(root, edited)
    const again = await run(root)
    expect([said(again), again.plan.steps]).toEqual([['failed', 'plan/time-unknown'], []])
    expect(again.issues[0]?.params).toMatchObject({ table: 't.raw', column: 't', to: '290000-01-01 00:00:00' })
    const fresh = await run(root, { plan: { fullRefresh: true, select: ['t.days+'] } })
    expect(said(fresh)).toEqual(['failed', 'plan/time-unknown'])
    expect([await days(root), await counted(root)]).toEqual([[1, 2], 2])
    expect(said(await run(root, { plan: { select: ['raw.a'] } }))).toEqual(['ok'])
    writeFiles(root, { 'tables/t/raw.sql': forever.replace("timestamp '290000-01-01'", 'null') })
    expect(said(await run(root))).toEqual(['ok'])
    expect([await days(root), await counted(root)]).toEqual([[11, 12], 2])
  })

  test('a table that was never built is not there', async () => {
    const root = makeProject({ ...start, ...beyond })
    for (const _ of ['waiting for its input', 'with its input there'])
      expect(said(await run(root)).slice(0, 2)).toEqual(['failed', 'plan/time-unknown'])
    await withAsker(root, async ({ lakehouse }) => {
      expect([...(await lakehouse.catalog.resolve('dev')).keys()].toSorted()).toEqual(['raw.a', 't.raw'])
    })
  })

  test('rows of another input do not take the place of all', async () => {
    const both = (v: string): string =>
      model(
        'write: { interval: t }',
        `select t, ${v} as v from t.raw where t >= $from and t < $to
union all select t, ${v} as v from raw.b where t >= $from and t < $to`,
      )
    const root = makeProject({
      ...start,
      ...source('b'),
      ...arrives('b', '1', '2026-01-01 10:00:00,4'),
      'tables/t/days.sql': both('v'),
    })
    expect(said(await run(root))).toEqual(['ok'])
    writeFiles(root, beyond)
    await run(root)
    writeFiles(root, { 'tables/t/days.sql': both('v + 10') })
    expect(said(await run(root))).toEqual(['failed', 'plan/time-unknown'])
    expect(await days(root)).toEqual([1, 2, 4])
  })
})

test('hours are bounded by clock times', async () => {
  const root = makeProject({
    ...source('a'),
    ...arrives('a', '1', '2026-01-01 10:00:00,1', '2026-01-01 12:30:00,2'),
    'tables/t/days.sql': model(
      'write: { interval: t }\ngrain: hour',
      'select t, v from raw.a where t >= $from and t < $to',
    ),
  })
  expect(said(await run(root))).toEqual(['ok'])
  expect(await days(root)).toEqual([1, 2])
})

test('moments that are NULL are of no interval, and no trouble', async () => {
  const root = makeProject({ ...source('a'), ...arrives('a', '1', ',1'), ...daily('raw.a') })
  expect(said(await run(root))).toEqual(['ok'])
  writeFiles(root, arrives('a', '2', '2026-01-01 10:00:00,2', ',3'))
  expect(said(await run(root))).toEqual(['ok'])
  expect(await days(root)).toEqual([2])
})

test('a column of text is refused, whatever it holds', async () => {
  const root = makeProject({ ...source('a', { t: 'string', v: 'int64' }), ...daily('raw.a') })
  expect(await issuesOf(root)).toEqual(['model/window-type'])
})
