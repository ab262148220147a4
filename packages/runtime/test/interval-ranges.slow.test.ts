// Which intervals are computed: whole grains, whatever range was asked for, and those that lost their rows.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Instant, type Interval, parseInstant } from '@millrace/core'
import { promote, rollback } from '@millrace/runtime'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { run, said, withAsker, withWorkspace } from './support/bench.ts'
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
const months = async (root: string): Promise<readonly unknown[]> =>
  await withAsker(root, async (asker) => (await asker.rows('select n from t.mo order by mo')).map(({ n }) => n))
const filled = async (root: string): Promise<readonly unknown[]> =>
  await withAsker(root, async (asker) =>
    (await asker.rows('select day::varchar as day, n from t.d order by day')).map(
      ({ day, n }) => `${String(day)} ${String(n)}`,
    ),
  )

let root = ''
beforeEach(() => {
  const first = arrives('1', merged(1, '01 10'), merged(2, '05 10'), merged(3, '10 10'), merged(4, '20 10'))
  root = makeProject({ ...project, ...first }, "dev: {}, fix: { base: 'dev' }")
})
afterAll(removeProjects)

test.each([
  ['of a month', ['t.mo'], '2026-01-01', '2026-01-06'],
  ['of days below a month', ['t.d'], '2026-01-05', '2026-01-11'],
  ['of a day', ['t.d'], '2026-01-05', '2026-01-05T12:00Z'],
  ['of no hour of a row', ['t.d'], '2026-01-05', '2026-01-05T09:00Z'],
])('a part %s is computed as a whole', async (_, restate, from, to) => {
  expect(said(await run(root))).toEqual(['ok'])
  const before = await filled(root)
  expect(said(await run(root, { plan: { restate, within: span(from, to) } }))).toEqual(['ok'])
  expect([await filled(root), await months(root)]).toEqual([before, [4]])
  expect((await run(root)).plan.steps).toEqual([])
})

test('a first run up to the middle of a day takes the day, and the month what is there of it', async () => {
  const upto = { within: span('2026-01-01', '2026-01-05T12:00Z') }
  expect(said(await run(root, { plan: upto }))).toEqual(['ok'])
  expect([await filled(root), await months(root)]).toEqual([['2026-01-01 1', '2026-01-05 1'], [2]])
  expect(said(await run(root))).toEqual(['ok'])
  expect(await months(root)).toEqual([4])
})

test('days that lost their rows to others are empty, at the ends of time, too', async () => {
  expect(said(await run(root))).toEqual(['ok'])
  writeFiles(root, arrives('2', merged(4, '03 10', 2), merged(1, '02 10', 2)))
  expect(said(await run(root))).toEqual(['ok'])
  expect(await filled(root)).toEqual(['2026-01-02 1', '2026-01-03 1', '2026-01-05 1', '2026-01-10 1'])
  expect(await months(root)).toEqual([4])
  expect((await run(root)).plan.steps).toEqual([])

  // What the base covers and has no rows for is no reason to refuse what was made anew above it.
  writeFiles(root, days('count(*) + 1'))
  expect(said(await run(root, { env: 'fix' }))).toEqual(['ok'])
  await withWorkspace(root, 'fix', ({ lakehouse, graph }) => promote(lakehouse, graph, 'fix', []))
  expect(await months(root)).toEqual([8])
})

test('a source that is rolled back takes its days along', async () => {
  writeFiles(root, { 'tables/t/m.sql': model('write: replace', 'select id, ts, u from raw.s') })
  const first = await run(root)
  writeFiles(root, arrives('2', '5,2027-03-01 10:00:00,1'))
  expect(said(await run(root))).toEqual(['ok'])
  expect(await months(root)).toEqual([4, 1])
  rmSync(join(root, 'in/raw.s/2.csv'))
  await withWorkspace(root, undefined, ({ lakehouse }) => rollback(lakehouse, String(first.publication?.id), ['raw.s']))
  expect(said(await run(root))).toEqual(['ok'])
  expect(await months(root)).toEqual([4])
  expect((await run(root)).plan.steps).toEqual([])
})

test('with a lookback the days before a new one are computed again', async () => {
  writeFiles(root, {
    'seeds/ref/names.yaml': 'columns: { id: int64, name: string }\n',
    'seeds/ref/names.csv': 'id,name\n1,a\n2,b\n3,c\n4,d\n',
    'tables/t/named.sql': model(
      'write: { interval: ts }\nlookback: 10',
      'select m.ts, n.name from raw.s as m join ref.names as n using (id) where m.ts >= $from and m.ts < $to',
    ),
  })
  const names = (): Promise<readonly unknown[]> =>
    withAsker(root, async (asker) => (await asker.rows('select name from t.named order by ts')).map(({ name }) => name))
  expect(said(await run(root))).toEqual(['ok'])
  writeFiles(root, { 'seeds/ref/names.csv': 'id,name\n1,A\n2,B\n3,C\n4,D\n5,E\n', ...arrives('2', merged(5, '21 10')) })
  expect(said(await run(root))).toEqual(['ok'])
  expect(await names()).toEqual(['a', 'b', 'c', 'D', 'E'])
})
