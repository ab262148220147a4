// What each kind of write touches and refuses, case by case.
import { describeIssue, type Instant, type Interval, parseInstant, type PlanOptions } from '@millrace/core'
import { afterAll, describe, expect, test } from 'vitest'
import { Asker, type Ran, run, runIn, said, sorted, steps, withAsker, withWorkspace } from './support/bench.ts'
import { csvSource, type Files, makeProject, model, removeProjects, writeFiles } from './support/project.ts'
import { timedRows } from './support/rows.ts'

afterAll(removeProjects)

const { source, drop } = timedRows

interface Lab {
  readonly root: string
  readonly asker: Asker
  readonly go: (plan?: PlanOptions) => Promise<Ran>
}

async function lab<T>(tables: Files, work: (lab: Lab) => Promise<T>): Promise<T> {
  const root = makeProject({ 'tables/raw/rows.ts': source, ...tables })
  return await withWorkspace(root, undefined, async (workspace) => {
    const asker = await Asker.over(workspace)
    return await work({ root, asker, go: async (plan = {}) => await runIn(workspace, { plan }) })
  })
}

const days = (from: string, to: string): Interval => ({
  from: parseInstant(from) as Instant,
  to: parseInstant(to) as Instant,
})

const daily = model(
  'write: { interval: day }\npartition: day(day)',
  `select happened_at::date as day, sum(amount)::int64 as amount from raw.rows
where happened_at >= $from and happened_at < $to group by all`,
)
const flat = model(
  'write: { interval: happened_at }',
  'select id, amount, happened_at from raw.rows where happened_at >= $from and happened_at < $to',
)

describe('interval', () => {
  test('late rows reopen their own day, and the files of its neighbours stay', async () => {
    await lab({ 'tables/t/daily.sql': daily, 'tables/t/flat.sql': flat }, async ({ root, asker, go }) => {
      drop(root, '1,a,10,2026-01-01T05:00:00Z,1', '2,a,20,2026-01-02T05:00:00Z,1', '3,a,30,2026-01-03T05:00:00Z,1')
      await go()
      const before = await asker.files('t.daily')
      const flatBefore = await asker.files('t.flat')
      drop(root, '4,a,5,2026-01-02T23:59:59Z,2')
      const ran = await go()
      const worked = ran.outcomes.find((one) => one.step.node === 't.daily')
      expect(worked?.step.after).toEqual(['raw_rows_files'])
      const after = await asker.files('t.daily')
      expect(after.filter((path) => before.includes(path))).toHaveLength(2)
      expect(sorted(await asker.rows('select day::varchar as day, amount from t.daily'))).toEqual([
        '{"amount":10,"day":"2026-01-01"}',
        '{"amount":25,"day":"2026-01-02"}',
        '{"amount":30,"day":"2026-01-03"}',
      ])
      // All days lay in few files here: those that held the day are rewritten without it.
      expect((await asker.files('t.flat')).length).toBeGreaterThan(0)
      expect(flatBefore.length).toBeGreaterThan(0)
      expect(sorted(await asker.rows('select id, amount from t.flat'))).toEqual([
        '{"amount":10,"id":1}',
        '{"amount":20,"id":2}',
        '{"amount":30,"id":3}',
        '{"amount":5,"id":4}',
      ])
    })
  })

  test('a backfill of one interval fills that one, and the next run the rest', async () => {
    await lab({ 'tables/t/daily.sql': daily }, async ({ root, asker, go }) => {
      drop(root, '1,a,10,2026-01-01T05:00:00Z,1', '2,a,20,2026-01-02T05:00:00Z,1', '3,a,30,2026-01-03T05:00:00Z,1')
      await go({ select: ['raw.rows'] })
      await go({ within: days('2026-01-02', '2026-01-03') })
      expect(await asker.rows('select amount from t.daily')).toEqual([{ amount: 20 }])
      const rest = await go()
      expect(rest.plan.steps[0]?.slices).toEqual([
        { interval: days('2026-01-01', '2026-01-02') },
        { interval: days('2026-01-03', '2026-01-04') },
      ])
      expect(await asker.rows('select amount from t.daily order by day')).toEqual([
        { amount: 10 },
        { amount: 20 },
        { amount: 30 },
      ])
    })
  })

  test('a restated interval is computed again, its neighbours are not', async () => {
    await lab({ 'tables/t/daily.sql': daily }, async ({ root, asker, go }) => {
      drop(root, '1,a,10,2026-01-01T05:00:00Z,1', '2,a,20,2026-01-02T05:00:00Z,1')
      await go()
      const before = await asker.files('t.daily')
      const ran = await go({ restate: ['t.daily'], within: days('2026-01-02', '2026-01-03') })
      expect(ran.plan.steps.map((one) => [one.node, one.action, one.slices])).toEqual([
        ['t.daily', 'run', [{ interval: days('2026-01-02', '2026-01-03') }]],
      ])
      const after = await asker.files('t.daily')
      expect(after.filter((path) => before.includes(path))).toHaveLength(1)
      expect(await asker.rows('select amount from t.daily order by day')).toEqual([{ amount: 10 }, { amount: 20 }])
    })
  })
})

describe('what lies outside', () => {
  const drops = ['1,a,10,2026-01-01T05:00:00Z,1', '2,a,20,2026-01-02T23:30:00Z,1'] as const
  const local = (column: string): string =>
    model(
      'write: { interval: day }',
      `select ${column} as day, amount from raw.rows where happened_at >= $from and happened_at < $to`,
    )

  test.each([
    ['a day of another zone', `(happened_at + interval 1 hour)::date`, '2026-01-03'],
    ['no day', `case when id = 1 then happened_at::date end`, 'rows have no day'],
  ])('%s: rows that belong to no interval that was computed are refused, not left out', async (_, column, found) => {
    await lab({ 'tables/t/local.sql': local(column) }, async ({ root, go }) => {
      drop(root, ...drops)
      const ran = await go()
      expect(said(ran)).toEqual(['failed', 'run/outside-interval'])
      const [problem] = ran.outcomes.flatMap((one) => one.issues)
      expect(problem === undefined ? '' : describeIssue(problem).message).toContain(found)
    })
  })

  test('an hour is as good as a day', async () => {
    const hourly = model(
      'write: { interval: moment }\ngrain: hour\nstart: 2026-01-01',
      'select happened_at as moment, amount from raw.rows where happened_at >= $from and happened_at < $to',
    )
    await lab({ 'tables/t/hourly.sql': hourly }, async ({ root, asker, go }) => {
      drop(root, ...drops)
      expect(said(await go())).toEqual(['ok'])
      drop(root, '3,a,1,2026-01-02T23:10:00Z,1')
      expect(said(await go())).toEqual(['ok'])
      expect(await asker.rows('select amount from t.hourly order by moment')).toEqual([
        { amount: 10 },
        { amount: 1 },
        { amount: 20 },
      ])
      expect((await go()).plan.steps).toEqual([])
    })
  })

  test('intervals that a table has do not go because only a part is asked for, unless that is allowed', async () => {
    await lab({ 'tables/t/daily.sql': daily }, async ({ root, asker, go }) => {
      drop(root, ...drops)
      await go()
      const asked = { select: ['t.daily'], fullRefresh: true, within: days('2026-01-02', '2026-01-03') }
      const refused = await go(asked)
      expect(refused.plan.refusals.map(({ code, params }) => [code, params])).toEqual([
        ['plan/would-lose-intervals', { table: 't.daily', intervals: '2026-01-01 to 2026-01-02' }],
      ])
      expect(await asker.rows('select count(*) as n from t.daily')).toEqual([{ n: 2 }])
      expect(said(await go({ ...asked, allow: ['t.daily'] }))).toEqual(['ok'])
      expect(await asker.rows('select amount from t.daily')).toEqual([{ amount: 20 }])
      expect(said(await go())).toEqual(['ok'])
      expect(await asker.rows('select count(*) as n from t.daily')).toEqual([{ n: 2 }])
    })
  })
})

describe('merge', () => {
  const merging = (write: string): Files => ({
    'tables/t/merged.sql': model(
      `write: ${write}\nreads: { raw.rows: changes }`,
      'select id, name, amount, seen from raw.rows',
    ),
  })

  test('rewrites only files that hold one of the incoming keys', async () => {
    await lab(merging('{ merge: id, newest: seen }'), async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1', '2,a,20,,1')
      await go()
      drop(root, '11,a,10,,1', '12,a,20,,1')
      await go()
      const [before, made] = [await asker.files('t.merged'), await asker.rows('from t.merged')]
      expect([before.length, made.length]).toEqual([2, 4])
      drop(root, '12,b,21,,2')
      await go()
      const after = await asker.files('t.merged')
      expect(after.filter((path) => before.includes(path))).toHaveLength(1)
      expect(await asker.rows('select name, amount from t.merged where id = 12')).toEqual([{ name: 'b', amount: 21 }])
      expect(await asker.rows('select count(*) as n from t.merged')).toEqual([{ n: 4 }])
    })
  })

  test.each(['{ merge: id }', '{ history: id, type: 1 }'])(
    '%s: NaN is one key, wherever its file lies',
    async (write) => {
      const root = makeProject({
        'tables/raw/floats.ts': csvSource('raw.floats', { id: 'float64', name: 'string' }),
        'tables/t/merged.sql': model(
          `write: ${write}\nreads: { raw.floats: changes }`,
          'select id, name from raw.floats',
        ),
        'in/raw.floats/1.csv': 'id,name\n100,a\nNaN,a\n',
      })
      await run(root)
      writeFiles(root, { 'in/raw.floats/2.csv': 'id,name\n1,b\nNaN,b\n' })
      expect(said(await run(root))).toEqual(['ok'])
      expect(await withAsker(root, (asker) => asker.rows('select id, name from t.merged order by id'))).toEqual([
        { id: 1, name: 'b' },
        { id: 100, name: 'a' },
        { id: 'NaN', name: 'b' },
      ])
    },
  )

  test('a row without a moment gives way to one with a moment, whichever came first', async () => {
    await lab(merging('{ merge: id, newest: seen }'), async ({ root, asker, go }) => {
      drop(root, '1,known,10,,5', '2,unknown,10,,')
      await go()
      drop(root, '1,unknown,11,,', '2,known,11,,5')
      await go()
      expect(await asker.rows('select id, name from t.merged order by id')).toEqual([
        { id: 1, name: 'known' },
        { id: 2, name: 'known' },
      ])
    })
  })

  test('of a composite key all parts count', async () => {
    await lab(merging('{ merge: [id, name] }'), async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1', '1,b,20,,1', '2,a,30,,1')
      await go()
      drop(root, '1,b,21,,2')
      await go()
      expect(await asker.rows('select id, name, amount from t.merged order by all')).toEqual([
        { id: 1, name: 'a', amount: 10 },
        { id: 1, name: 'b', amount: 21 },
        { id: 2, name: 'a', amount: 30 },
      ])
    })
  })

  test('two rows of one key are refused when nothing says which is right, and the table stays', async () => {
    await lab(merging('{ merge: id }'), async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1')
      await go()
      drop(root, '1,b,11,,2', '1,c,12,,3')
      const ran = await go()
      expect(said(ran)).toEqual(['failed', 'run/key-twice'])
      expect(ran.issues.map((one) => describeIssue(one).message)).toEqual([
        '1 incoming row of t.merged repeats the id of another.',
      ])
      expect(await asker.rows('select name from t.merged')).toEqual([{ name: 'a' }])
      expect(await asker.rows('select count(*) as n from raw.rows')).toEqual([{ n: 3 }])
    })
  })

  test('a row without a key is refused', async () => {
    await lab(merging('{ merge: id, newest: seen }'), async ({ root, go }) => {
      drop(root, ',a,10,,1', '2,b,11,,2')
      const ran = await go()
      expect(said(ran)).toEqual(['failed', 'run/key-missing'])
      expect(ran.publication?.moves.map((move) => move.table)).toEqual(['raw.rows'])
    })
  })
})

describe('history', () => {
  const keeping = (write: string): Files => ({
    'tables/t/kept.sql': model(
      `write: ${write}\nreads: { raw.rows: changes }`,
      'select id, name, amount, seen from raw.rows',
    ),
  })

  test('keys whose parts look alike when joined have versions of their own', async () => {
    const table = model(
      'write: { history: [a, b], type: 2, changedAt: seen }\nreads: { raw.rows: changes }',
      `select case id when 1 then 'x|y' else 'x' end as a, case id when 1 then 'z' else 'y|z' end as b, seen from raw.rows`,
    )
    await lab({ 'tables/t/kept.sql': table }, async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1', '2,a,10,,1')
      await go()
      expect(await asker.rows('select count(distinct version_key) as n from t.kept')).toEqual([{ n: 2 }])
    })
  })

  test('without a moment of change, the run is the moment; a repeat makes no version', async () => {
    await lab(keeping('{ history: id, type: 2, track: [name] }'), async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1')
      await go()
      drop(root, '1,a,11,,2')
      await go()
      expect(await asker.rows('select name, is_current from t.kept')).toEqual([{ name: 'a', is_current: true }])
      drop(root, '1,b,12,,3')
      await go()
      expect(await asker.rows('select name, amount, is_current from t.kept order by valid_from')).toEqual([
        { name: 'a', amount: 10, is_current: false },
        { name: 'b', amount: 12, is_current: true },
      ])
      const joined =
        'select a.valid_to = b.valid_from as joins from t.kept a, t.kept b where not a.is_current and b.is_current'
      expect(await asker.rows(joined)).toEqual([{ joins: true }])
    })
  })

  test('a correction at the same moment replaces the version, under the same key', async () => {
    await lab(keeping('{ history: id, type: 2, changedAt: seen }'), async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1', '1,b,20,,5')
      await go()
      const [first] = await asker.rows('select version_key from t.kept where valid_from = 1')
      drop(root, '1,c,11,,1')
      await go()
      expect(await asker.rows('select name, amount, valid_from, valid_to from t.kept order by valid_from')).toEqual([
        { name: 'c', amount: 11, valid_from: 1, valid_to: 5 },
        { name: 'b', amount: 20, valid_from: 5, valid_to: null },
      ])
      expect(await asker.rows('select version_key from t.kept where valid_from = 1')).toEqual([first])
    })
  })
})

describe('everything anew', () => {
  test('a full refresh leaves what a first run would have made', async () => {
    const tables = {
      'tables/t/kept.sql': model('write: append', 'select id, name from raw.rows'),
      'tables/t/daily.sql': daily,
      'tables/t/merged.sql': model('write: { merge: id, newest: seen }', 'select id, name, seen from raw.rows'),
    }
    await lab(tables, async ({ root, asker, go }) => {
      drop(root, '1,a,10,2026-01-01,1', '1,b,10,2026-01-02,2', 'x,a,10,2026-01-01,1')
      await go()
      const ask = async (): Promise<readonly (readonly string[])[]> =>
        await Promise.all(['t.kept', 't.daily', 't.merged'].map(async (one) => sorted(await asker.rows(`from ${one}`))))
      const before = await ask()
      const ran = await go({ select: ['raw.*', 't.*'], fullRefresh: true })
      expect(steps(ran.plan)).toEqual([
        'raw_rows_files: rebuild',
        't.daily: rebuild',
        't.kept: rebuild',
        't.merged: rebuild',
      ])
      expect(await ask()).toEqual(before)
      expect(await asker.rows('select count(*) as n from raw.rows')).toEqual([{ n: 2 }])
      expect(await asker.rows('select line, reason from raw.rows__rejects')).toHaveLength(1)
    })
  })

  test('an append joins new rows of one input with all rows of another', async () => {
    const names = csvSource('raw.names', { id: 'int64', name: 'string' })
    const kept = model(
      'write: append\nreads: { raw.rows: changes, raw.names: all }',
      'select r.id, n.name from raw.rows r join raw.names n on r.amount = n.id',
    )
    await lab({ 'tables/raw/names.ts': names, 'tables/t/kept.sql': kept }, async ({ root, asker, go }) => {
      writeFiles(root, { 'in/raw.names/1.csv': 'id,name\n7,seven\n' })
      drop(root, '1,a,7,,1')
      await go()
      drop(root, '2,a,7,,1')
      await go()
      writeFiles(root, { 'in/raw.names/2.csv': 'id,name\n8,eight\n' })
      drop(root, '3,a,8,,1', '4,a,7,,1')
      await go()
      expect(await asker.rows('from t.kept order by id')).toEqual([
        { id: 1, name: 'seven' },
        { id: 2, name: 'seven' },
        { id: 3, name: 'eight' },
        { id: 4, name: 'seven' },
      ])
    })
  })

  test('an append over inputs whose rows do not meet has each row once', async () => {
    const appended = (select: string): string => model('write: append', select)
    const tables = {
      'tables/raw/more.ts': csvSource('raw.more', { id: 'int64', name: 'string' }),
      'tables/t/all.sql': appended('select id, name from raw.rows union all select id, name from raw.more'),
      'tables/t/words.sql': appended("select id, w from raw.rows, unnest(string_split(name, ' ')) as q(w)"),
      'tables/t/codes.sql': appended("select id, v from raw.rows r join (values ('a b', 1)) c(k, v) on r.name = c.k"),
      'tables/t/said.sql': model(
        'write: append\nreads: { raw.more: all }',
        'select r.id, m.name from raw.rows r join raw.more m using (id)',
      ),
    }
    await lab(tables, async ({ root, asker, go }) => {
      for (const id of [1, 2]) {
        drop(root, `${id},a b,7,,1`)
        writeFiles(root, { [`in/raw.more/${id}.csv`]: `id,name\n${id},m${id}\n` })
        expect(said(await go())).toEqual(['ok'])
      }
      const told = async (sql: string): Promise<string> =>
        (await asker.rows(sql)).map((row) => Object.values(row).join()).join(' ')
      expect(await told('from t.all order by all')).toBe('1,a b 1,m1 2,a b 2,m2')
      expect(await told('from t.words order by all')).toBe('1,a 1,b 2,a 2,b')
      expect(await told('from t.codes order by all')).toBe('1,1 2,1')
      expect(await told('from t.said order by all')).toBe('1,m1 2,m2')
    })
  })

  test('an append refuses what is new in a rewritten table, and says what to do', async () => {
    const tables = {
      'tables/t/sums.sql': model('write: replace', 'select id, sum(amount)::int64 as amount from raw.rows group by id'),
      'tables/t/kept.sql': model('write: append', 'select id, amount from t.sums'),
    }
    await lab(tables, async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1')
      await go()
      drop(root, '2,a,10,,1')
      const ran = await go()
      expect(said(ran)).toEqual(['failed', 'run/input-rewritten'])
      expect(await asker.rows('from t.kept')).toEqual([{ id: 1, amount: 10 }])
      await go({ select: ['t.kept'], fullRefresh: true })
      expect(sorted(await asker.rows('from t.kept'))).toEqual(['{"amount":10,"id":1}', '{"amount":10,"id":2}'])
    })
  })

  test('a merge of what is new refuses a rewritten table, and goes on when it reads all of it', async () => {
    const merge = (more: string): string => model(`write: { merge: id }\n${more}`, 'select id, amount from t.sums')
    const tables = {
      'tables/t/sums.sql': model('write: replace', 'select id, sum(amount)::int64 as amount from raw.rows group by id'),
      'tables/t/kept.sql': merge('reads: { t.sums: changes }'),
    }
    await lab(tables, async ({ root, asker, go }) => {
      drop(root, '1,a,10,,1')
      await go()
      drop(root, '1,a,5,,2', '2,a,10,,1')
      const ran = await go()
      expect(said(ran)).toEqual(['failed', 'run/input-rewritten'])
      expect(ran.issues.map((one) => describeIssue(one).fix)).toEqual([
        'Build it anew with `millrace run --select t.kept --full-refresh`, or let it read all of t.sums: take `t.sums: changes` out of `reads`.',
      ])
      writeFiles(root, { 'tables/t/kept.sql': merge('') })
      expect(said(await run(root))).toEqual(['ok'])
      expect(sorted(await asker.rows('from t.kept'))).toEqual(['{"amount":10,"id":2}', '{"amount":15,"id":1}'])
    })
  })
})

test.each([
  ['date', "date 'infinity'", "date '2026-01-31'", '2026-01-31'],
  ['timestamp', "timestamp '-infinity'", "timestamp '2026-01-31'", '2026-01-31 00:00:00'],
  ['timestamptz', "timestamptz 'infinity'", "timestamptz '2026-01-31 00:00:00+00'", '2026-01-31 00:00:00+00'],
  ['struct', "{ 'd': date 'infinity', 'n': 1 }", "{ 'd': date '2026-01-31', 'n': 1 }", "{'d': 2026-01-31, 'n': 1}"],
  [
    'list',
    "[null, { 'd': timestamp 'infinity' }]",
    "[null, { 'd': timestamp '2026-01-31' }]",
    "[NULL, {'d': '2026-01-31 00:00:00'}]",
  ],
  ['map', "map { 'd': date 'infinity' }", "map { 'd': date '2026-01-31' }", '{d=2026-01-31}'],
  ['keys', "map { date 'infinity': 1 }", "map { date '2026-01-31': 1 }", '{2026-01-31=1}'],
])('a table never gets infinity, which other readers do not know: %s', async (_, endless, finite, shown) => {
  const held = (value: string): Files => ({
    'tables/t/held.sql': model('write: replace', `select 1 as id, ${finite} as v union all select 2, ${value}`),
  })
  const root = makeProject(held(finite))
  expect(said(await run(root))).toEqual(['ok'])
  writeFiles(root, held(endless))
  const refused = await run(root)
  expect(said(refused)).toEqual(['failed', 'run/endless-time'])
  expect(refused.issues[0]?.params).toMatchObject({ table: 't.held', columns: ['v'] })
  await withAsker(root, async (asker) =>
    expect(await asker.rows('select distinct v::varchar as v from t.held')).toHaveLength(1),
  )
  // What is advised, as it was printed.
  const [, instead = ''] = refused.issues.flatMap((one) => /: `(.*)`\.$/.exec(describeIssue(one).fix) ?? [])
  const advised = `select id, ${instead} as v from (${held(endless)['tables/t/held.sql']?.replace(/.*\*\//s, '') ?? ''})`
  writeFiles(root, { 'tables/t/held.sql': model('write: replace', advised) })
  expect(said(await run(root))).toEqual(['ok'])
  await withAsker(root, async (asker) => {
    const [first, second] = await asker.rows('select v::varchar as v from t.held order by id')
    expect([first?.['v'], String(second?.['v']).includes('infinity')]).toEqual([shown, false])
  })
})

test('a row with infinity that is kept apart is nothing to refuse', async () => {
  const apart = model(
    'write: replace\ncolumns: { d: { checks: [{ rule: { max: 2100-01-01 }, on: quarantine }] } }',
    "select date 'infinity' as d union all select date '2026-01-31'",
  )
  const root = makeProject({ 'tables/t/apart.sql': apart })
  expect(said(await run(root))).toEqual(['ok'])
  await withAsker(root, async (asker) => {
    expect(await asker.rows('from t.apart')).toEqual([{ d: '2026-01-31' }])
    expect(await asker.rows('select raw from t.apart__rejects')).toEqual([{ raw: '{"d":"infinity"}' }])
  })
})
