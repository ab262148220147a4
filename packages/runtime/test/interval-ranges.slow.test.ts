// Which intervals are computed: whole grains, whatever range was asked for, and those that lost their rows.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Instant, type Interval, parseInstant } from '@millrace/core'
import { promote, rollback } from '@millrace/runtime'
import { afterAll, afterEach, beforeEach, expect, test } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { csvSource, type Files, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

const merged = (id: number, ts: string, u = 1): string => `${id},2026-01-${ts}:00:00,${u}`
const arrives = (file: string, ...lines: readonly string[]): Files => ({
  [`in/raw.s/${file}.csv`]: `${['id,ts,u', ...lines].join('\n')}\n`,
})
const days = (count = 'count(*)', more = ''): Files => ({
  'tables/t/d.sql': model(
    `write: { interval: day }\n${more}`,
    `select date_trunc('day', ts)::date as day, ${count} as n from t.m where ts >= $from and ts < $to group by all`,
  ),
})
const project: Files = {
  'tables/raw/s.ts': csvSource('raw.s', { id: 'int64', ts: 'timestamp', u: 'int64' }),
  'tables/t/m.sql': model('write: { merge: id, newest: u }', 'select id, ts, u from raw.s'),
  ...days(),
  'tables/t/mo.sql': model(
    'write: { interval: mo }\ngrain: month',
    "select date_trunc('month', day)::date as mo, sum(n)::bigint as n from t.d where day >= $from and day < $to group by all",
  ),
}

const at = (text: string): Instant => parseInstant(text) as Instant
const span = (from: string, to: string): Interval => ({ from: at(from), to: at(to) })
const months = async (): Promise<readonly unknown[]> =>
  (await lab.rows('select n from t.mo order by mo')).map(({ n }) => n)
const filled = async (): Promise<readonly unknown[]> =>
  (await lab.rows('select day::varchar as day, n from t.d order by day')).map(
    ({ day, n }) => `${String(day)} ${String(n)}`,
  )

let lab: Lab
beforeEach(() => {
  const first = arrives('1', merged(1, '01 10'), merged(2, '05 10'), merged(3, '10 10'), merged(4, '20 10'))
  lab = new Lab(makeProject({ ...project, ...first }, "dev: {}, fix: { base: 'dev' }"))
})
afterEach(async () => await lab.close())
afterAll(removeProjects)

test.each([
  ['of a month', ['t.mo'], '2026-01-01', '2026-01-06'],
  ['of days below a month', ['t.d'], '2026-01-05', '2026-01-11'],
  ['of a day', ['t.d'], '2026-01-05', '2026-01-05T12:00Z'],
  ['of no hour of a row', ['t.d'], '2026-01-05', '2026-01-05T09:00Z'],
])('a part %s is computed as a whole', async (_, restate, from, to) => {
  expect(said(await lab.run())).toEqual(['ok'])
  const before = await filled()
  expect(said(await lab.run({ plan: { restate, within: span(from, to) } }))).toEqual(['ok'])
  expect([await filled(), await months()]).toEqual([before, [4]])
  expect((await lab.run()).plan.steps).toEqual([])
})

test('a first run up to the middle of a day takes the day, and the month what is there of it', async () => {
  const upto = { within: span('2026-01-01', '2026-01-05T12:00Z') }
  expect(said(await lab.run({ plan: upto }))).toEqual(['ok'])
  expect([await filled(), await months()]).toEqual([['2026-01-01 1', '2026-01-05 1'], [2]])
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await months()).toEqual([4])
})

test('a restatement computes again what is filled, and fills nothing', async () => {
  expect(said(await lab.run({ plan: { within: span('2026-01-01', '2026-01-06') } }))).toEqual(['ok'])
  const before = await filled()
  const open = { within: { from: at('2026-01-05'), to: 8.64e15 as Instant } }
  expect(said(await lab.run({ plan: { ...open, select: ['t.d'], restate: ['t.d'] } }))).toEqual(['ok'])
  expect(await filled()).toEqual(before)
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await months()).toEqual([4])
})

test('days that lost their rows to others are empty, at the ends of time, too', async () => {
  expect(said(await lab.run())).toEqual(['ok'])
  writeFiles(lab.root, arrives('2', merged(4, '03 10', 2), merged(1, '02 10', 2)))
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await filled()).toEqual(['2026-01-02 1', '2026-01-03 1', '2026-01-05 1', '2026-01-10 1'])
  expect(await months()).toEqual([4])
  expect((await lab.run()).plan.steps).toEqual([])

  // What the base covers and has no rows for is no reason to refuse what was made anew above it.
  await lab.edit(days('count(*) + 1'))
  expect(said(await lab.run({ env: 'fix' }))).toEqual(['ok'])
  const { lakehouse, graph } = await lab.workspace('fix')
  await promote(lakehouse, graph, 'fix', [])
  expect(await months()).toEqual([8])
})

test('a source that is rolled back takes its days along', async () => {
  await lab.edit({ 'tables/t/m.sql': model('write: replace', 'select id, ts, u from raw.s') })
  const first = await lab.run()
  writeFiles(lab.root, arrives('2', '5,2027-03-01 10:00:00,1'))
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await months()).toEqual([4, 1])
  rmSync(join(lab.root, 'in/raw.s/2.csv'))
  await rollback((await lab.workspace()).lakehouse, String(first.publication?.id), ['raw.s'])
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await months()).toEqual([4])
  expect((await lab.run()).plan.steps).toEqual([])
})

test('with a lookback the days before a new one are computed again', async () => {
  await lab.edit({
    'seeds/ref/names.yaml': 'columns: { id: int64, name: string }\n',
    'seeds/ref/names.csv': 'id,name\n1,a\n2,b\n3,c\n4,d\n',
    'tables/t/named.sql': model(
      'write: { interval: ts }\nlookback: 10',
      'select m.ts, n.name from raw.s as m join ref.names as n using (id) where m.ts >= $from and m.ts < $to',
    ),
  })
  const names = async (): Promise<readonly unknown[]> =>
    (await lab.rows('select name from t.named order by ts')).map(({ name }) => name)
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'seeds/ref/names.csv': 'id,name\n1,A\n2,B\n3,C\n4,D\n5,E\n', ...arrives('2', merged(5, '21 10')) })
  expect(said(await lab.run())).toEqual(['ok'])
  expect(await names()).toEqual(['a', 'b', 'c', 'D', 'E'])
})
