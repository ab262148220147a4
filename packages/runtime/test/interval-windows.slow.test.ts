// Where interval models look for rows: in which tables, and in which columns of them.
import { afterAll, expect, test } from 'vitest'
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

test('infinite moments are told with their table and column, until they are mended', async () => {
  const forever = model(
    'write: replace',
    "select case when v = 2 then timestamp 'infinity' else t end as t, v from raw.a",
  )
  const root = makeProject({
    ...source('a'),
    ...arrives('a', '1', '2026-01-01 10:00:00,1', '2026-01-02 10:00:00,2'),
    'tables/t/raw.sql': forever,
    ...daily('t.raw'),
  })
  expect(said(await run(root))).toEqual(['failed', 'plan/time-unknown'])
  const again = await run(root)
  expect(said(again)).toEqual(['failed', 'plan/time-unknown'])
  expect(again.issues[0]?.params).toMatchObject({ table: 't.raw', column: 't', to: 'not known' })
  expect(said(await run(root, { plan: { select: ['raw.a'] } }))).toEqual(['ok'])
  writeFiles(root, { 'tables/t/raw.sql': forever.replace("timestamp 'infinity'", 'null') })
  expect(said(await run(root))).toEqual(['ok'])
  expect(await days(root)).toEqual([1])
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
