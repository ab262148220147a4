// What an edit would destroy is asked for first: columns, history, intervals, rows that no input has any more.
import { describeIssue, type Instant, type Issue, type PlanOptions } from '@millrace/core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { Lab, type Ran, said, steps } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'
import { plainRows } from './support/rows.ts'

let lab: Lab
afterEach(async () => await lab.close())
afterAll(removeProjects)

const { source, drop } = plainRows

const messageOf = (one: Issue): string => describeIssue(one).message
const select = 'select id, name, amount, seen from raw.rows'

/** `t.it` as it was, with two rows in it; then as it is now. */
async function edited(before: string, after: string): Promise<Ran> {
  lab = new Lab(makeProject({ 'tables/raw/rows.ts': source, 'tables/t/it.sql': before }))
  drop(lab.root, '1,a,10,1', '2,b,20,2')
  await lab.run()
  await lab.edit({ 'tables/t/it.sql': after })
  return await lab.run()
}

describe('columns of rows that are not made again', () => {
  const narrow = csvSource('raw.rows', { id: 'int64', name: 'string', seen: 'int64' })
  const without = 'select id, name, seen from raw.rows'
  const amounts = 'select id, amount from t.it order by id'
  const both = [
    { id: 1, amount: 10 },
    { id: 2, amount: 20 },
  ]

  test('a source keeps a column that its definition has no more, until it may go', async () => {
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': source }))
    drop(lab.root, '1,a,10,1', '2,b,20,2')
    await lab.run()
    await lab.edit({ 'tables/raw/rows.ts': narrow })
    const refused = await lab.run()
    expect([said(refused), refused.issues.map(messageOf)]).toEqual([
      ['failed', 'plan/would-lose-columns'],
      ['raw.rows would lose amount in the rows that it has.'],
    ])
    // Nor with new rows.
    drop(lab.root, '3,c,30,3')
    expect(said(await lab.run())).toEqual(['failed', 'plan/would-lose-columns'])
    expect(await lab.rows('select id, amount from raw.rows order by id')).toEqual(both)
    await lab.edit({
      'tables/raw/rows.ts': narrow.replace('name: {', "sum: { type: 'int32', was: 'amount' }, name: {"),
    })
    expect(said(await lab.run())).toEqual(['ok'])
    const sums = [10, 20, 30]
    expect((await lab.rows('select sum from raw.rows order by id')).map((row) => row['sum'])).toEqual(sums)
    await lab.edit({ 'tables/raw/rows.ts': narrow })
    expect(said(await lab.run({ plan: { allow: ['raw.rows'] } }))).toEqual(['ok'])
    expect(await lab.rows('from raw.rows where id = 1')).toEqual([{ id: 1, name: 'a', seen: 1 }])
  })

  test('a field of a struct is as good as a column', async () => {
    const sourceOf = (fields: string): string => `import { defineSource } from 'millrace'
export default defineSource({ connector: 'files', config: { path: 'in/raw.rows/*.jsonl' },
  tables: { 'raw.rows': { write: 'append', columns: { id: { type: 'int64' }, at: { type: { struct: { ${fields} } } } } } } })\n`
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': sourceOf("x: { type: 'int64' }, y: { type: 'int64' }") }))
    writeFiles(lab.root, { 'in/raw.rows/1.jsonl': '{"id":1,"at":{"x":2,"y":3}}\n' })
    await lab.run()
    await lab.edit({ 'tables/raw/rows.ts': sourceOf("x: { type: 'int64' }") })
    expect((await lab.run()).issues.map(messageOf)).toEqual(['raw.rows would lose at.y in the rows that it has.'])
    expect(await lab.rows('select "at".y as y from raw.rows')).toEqual([{ y: 3 }])
  })

  test.each([
    'write: append',
    'write: { merge: id }\nreads: { raw.rows: changes }',
    'write: { history: id, type: 2, changedAt: seen, track: [name] }',
    'write: replace\nforwardOnly: true',
  ])('%s', async (header) => {
    const ran = await edited(model(header, select), model(header, without))
    expect([said(ran), steps(ran.plan)]).toEqual([['failed', 'plan/would-lose-columns'], []])
    expect(await lab.rows(amounts)).toEqual(both)
    const allowed = await lab.run({ plan: { allow: ['t.it'] } })
    expect([said(allowed), steps(allowed.plan)]).toEqual([['ok'], ['t.it: restamp']])
    expect(await lab.rows('select id, name from t.it order by id')).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ])
    expect(await lab.plan()).toEqual([])
  })

  test('a new layout takes no values away that do not fit a new type', async () => {
    const forward = 'write: append\nforwardOnly: true'
    const ran = await edited(
      model(forward, select),
      model(`${forward}\npartition: name`, 'select id, name, amount::varchar as amount, seen from raw.rows'),
    )
    expect(said(ran)).toEqual(['failed', 'lake/type-changed'])
    expect(await lab.rows(amounts)).toEqual(both)
  })
})

describe('a history whose select changes', () => {
  const history = (taking: string): string =>
    model('write: { history: id, type: 2, changedAt: seen, track: [name] }', taking)
  const more = {
    'tables/raw/gone.ts': csvSource('raw.gone', { id: 'int64' }),
    'in/raw.gone/1.csv': 'id\n9\n',
  }
  const shown = 'select id, name from t.it order by id'

  /** Its rows and what was said after the select was edited, with the first member gone from what it takes. */
  async function taken(before: string, after: string): Promise<{ readonly told: unknown; readonly rows: unknown }> {
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': source, ...more, 'tables/t/it.sql': history(before) }))
    drop(lab.root, '1,a,10,1', '2,b,20,2')
    expect(said(await lab.run())).toEqual(['ok'])
    writeFiles(lab.root, { 'in/raw.gone/2.csv': 'id\n1\n' })
    await lab.edit({ 'tables/t/it.sql': history(after) })
    const told = said(await lab.run())
    return { told, rows: await lab.rows(shown) }
  }

  test.each([
    ['not in', 'select id, name, seen from raw.rows where id not in (from raw.gone)'],
    ['anti join', 'select id, name, seen from raw.rows anti join raw.gone using (id)'],
    ['is null', 'select r.id, name, seen from raw.rows r left join raw.gone g on r.id = g.id where g.id is null'],
    ['newest', 'select id, name, seen from raw.rows qualify row_number() over (order by seen desc) <= 2'],
  ])('keeps the members that it no longer takes: %s', async (_, taking) => {
    const kept = [
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]
    const { told, rows } = await taken(taking, taking.replace('seen from', 'seen, 1 as one from'))
    expect([told, rows]).toEqual([['failed', 'plan/would-lose-history'], kept])
  })

  test.each([
    ['a word in a comment', 'select id, name, seen from raw.rows -- newest over all, limit none'],
    [
      'a join that brings columns',
      'select r.id, name, seen, g.id as gone from raw.rows r left join raw.gone g on r.id = g.id',
    ],
    ['a join that wants a match', 'select r.id, name, seen from raw.rows r join raw.gone g on g.id = 9'],
  ])('is built anew without a question where its inputs still tell all of it: %s', async (_, taking) => {
    const { told, rows } = await taken(taking, taking.replace('name,', "name || '!' as name,"))
    expect([told, rows]).toEqual([
      ['ok'],
      [
        { id: 1, name: 'a!' },
        { id: 2, name: 'b!' },
      ],
    ])
  })
})

test('days before a new start are not missed when a range from there on is built anew', async () => {
  const it = (header: string, amount: string): string =>
    model(
      `write: { interval: day }${header}`,
      `select id, ${amount} as amount, day from t.dated where day >= $from and day < $to`,
    )
  lab = new Lab(
    makeProject({
      'tables/raw/rows.ts': source,
      'tables/t/dated.sql': model('write: append', "select *, date '2026-01-01' + seen::int as day from raw.rows"),
      'tables/t/it.sql': it('', 'amount'),
    }),
  )
  drop(lab.root, '1,a,10,0', '2,b,20,1', '3,c,30,2')
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'tables/t/it.sql': it('\nstart: 2026-01-02', 'amount * 10') })
  const amounts = async (): Promise<unknown> =>
    (await lab.rows('select amount from t.it order by id')).map(({ amount }) => amount)
  const days = (from: string): PlanOptions => ({
    select: ['t.it'],
    within: { from: Date.parse(from) as Instant, to: Date.parse('2026-01-04') as Instant },
  })
  expect(said(await lab.run({ plan: days('2026-01-03') }))).toEqual(['failed', 'plan/would-lose-intervals'])
  expect(await amounts()).toEqual([10, 20, 30])
  expect(said(await lab.run({ plan: days('2026-01-02') }))).toEqual(['ok'])
  expect(await amounts()).toEqual([200, 300])
})

describe('rows that no input has any more', () => {
  const merged = (amount: string): string =>
    model(
      'write: { merge: id, newest: seen }',
      `select id, ${amount} as amount, seen from t.all join ref.names using (id)`,
    )
  const shown = async (): Promise<unknown> =>
    (await lab.rows('select id, amount from t.it order by id')).map(({ id, amount }) => [id, amount])

  /** The second file takes the place of the first, or comes beside it; then the select is edited. */
  async function editedOver(from: string): Promise<Ran> {
    lab = new Lab(
      makeProject({
        'tables/raw/rows.ts': from,
        'tables/t/all.sql': model('write: view', 'select id, name, amount, seen from raw.rows'),
        'tables/t/it.sql': merged('amount'),
        'seeds/ref/names.csv': 'id\n1\n2\n',
        'seeds/ref/names.yaml': 'columns: { id: int64 }\n',
      }),
    )
    const head = 'id,name,amount,seen\n'
    writeFiles(lab.root, { 'in/raw.rows/1.csv': `${head}1,a,10,1\n2,b,20,2\n` })
    expect(said(await lab.run())).toEqual(['ok'])
    const file = from === source ? '2' : '1'
    writeFiles(lab.root, { [`in/raw.rows/${file}.csv`]: `${head}2,b,30,3\n` })
    expect(said(await lab.run())).toEqual(['ok'])
    const now = [
      [1, 10],
      [2, 30],
    ]
    expect(await shown()).toEqual(now)
    await lab.edit({ 'tables/t/it.sql': merged('amount + 1') })
    return await lab.run()
  }

  test('are kept by a merge over a source that is loaded anew each time, unless it is allowed', async () => {
    const anew = source.replace("write: 'append'", "write: 'replace'").replace("*.csv'", "*.csv', changed: 'reload'")
    expect(said(await editedOver(anew))).toEqual(['failed', 'plan/would-lose-history'])
    expect(await shown()).toEqual([
      [1, 10],
      [2, 30],
    ])
    expect(said(await lab.run({ plan: { allow: ['t.it'] } }))).toEqual(['ok'])
    expect(await shown()).toEqual([[2, 31]])
  })

  test('are none where the source keeps all: nothing is asked', async () => {
    expect(said(await editedOver(source))).toEqual(['ok'])
    expect(await shown()).toEqual([
      [1, 11],
      [2, 31],
    ])
  })
})
