// A definition changes: what is computed again, what is only rewritten or noted, and what readers see.
import { existsSync } from 'node:fs'
import { sayReason } from '@millrace/core'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Asker, Lab, type Ran, said, sorted, steps } from './support/bench.ts'
import { plainRows } from './support/rows.ts'
import { makeProject, model, removeProjects, writeFiles } from './support/project.ts'

let lab: Lab
afterEach(async () => await lab.close())
afterAll(removeProjects)

const { source, drop } = plainRows

const consumer = model('write: replace', 'select count(*) as n from t.it')

/** `t.it` as it was, two rows in it, and a consumer; then as it is now. */
async function changed(before: string, after: string, between?: (root: string) => void): Promise<Changed> {
  const root = makeProject({
    'tables/raw/rows.ts': source,
    'tables/t/it.sql': before,
    'tables/t/consumer.sql': consumer,
  })
  lab = new Lab(root)
  drop(root, '1,a,10,1', '2,b,20,2')
  await lab.run()
  const [filesBefore, uuid] = [await (await lab.asker()).files('t.it'), await uuidOf(lab)]
  await lab.edit({ 'tables/t/it.sql': after })
  between?.(root)
  const ran = await lab.run()
  return { root, asker: await lab.asker(), ran, filesBefore, uuid }
}

interface Changed {
  readonly root: string
  readonly asker: Asker
  readonly ran: Ran
  readonly filesBefore: readonly string[]
  readonly uuid: string
}

async function uuidOf(at: Lab): Promise<string> {
  return (await (await at.workspace()).lakehouse.catalog.resolve('dev')).get('t.it')?.uuid ?? ''
}

/** The next plan has nothing, and the table is the one that it was. */
async function settled({ uuid }: Changed): Promise<void> {
  expect(await lab.plan()).toEqual([])
  expect(await uuidOf(lab)).toBe(uuid)
}

const dated = `select *, date '2026-01-01' + seen::int as day from raw.rows`
const select = 'select id, name, amount, seen from raw.rows'

describe('what costs no computing', () => {
  test('a check: not one file is written', async () => {
    const one = await changed(
      model('write: replace', select),
      model('write: replace\nchecks: [{ rows: { min: 1 } }]', select),
    )
    expect([said(one.ran), steps(one.ran.plan)]).toEqual([['ok'], ['t.it: restamp']])
    expect(await one.asker.files('t.it')).toEqual(one.filesBefore)
    await settled(one)
  })

  test('a check that the rows break holds back the new notes and says so', async () => {
    const broken = model('write: replace\ncolumns:\n  amount: { checks: [{ max: 15 }] }', select)
    const one = await changed(model('write: replace', select), broken)
    expect(said(one.ran)).toEqual(['failed', 'run/check-failed'])
    expect(await one.asker.rows('select count(*) as n from t.it')).toEqual([{ n: 2 }])
  })

  test('a partition: the same rows in new files, and no consumer runs', async () => {
    const one = await changed(model('write: replace', select), model('write: replace\npartition: name', select))
    expect([said(one.ran), steps(one.ran.plan)]).toEqual([['ok'], ['t.it: relayout']])
    const now = await one.asker.files('t.it')
    expect([now.length, now.filter((path) => one.filesBefore.includes(path))]).toEqual([2, []])
    expect(sorted(await one.asker.rows('select id, name, amount from t.it'))).toEqual([
      '{"amount":10,"id":1,"name":"a"}',
      '{"amount":20,"id":2,"name":"b"}',
    ])
    await settled(one)
  })

  test('a new partition of an append keeps its place in the input', async () => {
    const one = await changed(model('write: append', select), model('write: append\npartition: name', select))
    expect(steps(one.ran.plan)).toEqual(['t.it: relayout'])
    drop(one.root, '3,c,30,3')
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await one.asker.rows('select id from t.it order by id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    expect(await one.asker.rows('from t.consumer')).toEqual([{ n: 3 }])
    await settled(one)
  })

  test('a new partition and new rows: the rows first, the layout with the next run', async () => {
    const one = await changed(model('write: append', select), model('write: append\npartition: name', select), (root) =>
      drop(root, '3,c,30,3'),
    )
    expect([said(one.ran), steps(one.ran.plan)]).toEqual([
      ['ok'],
      ['raw_rows_files: load', 't.it: run', 't.consumer: run'],
    ])
    expect(await lab.rows('from t.consumer')).toEqual([{ n: 3 }])
    expect(await lab.plan()).toEqual(['t.it: relayout'])
    await lab.run()
    expect(await (await lab.asker()).files('t.it')).toHaveLength(3)
    await settled(one)
  })

  test('a new partition of an input: what reads its changes goes on from there, and only open days are filled', async () => {
    const byDay = 'write: { interval: day }\npartition: day(day)'
    const root = makeProject({
      'tables/raw/rows.ts': source,
      'tables/t/it.sql': model('write: append', dated),
      'tables/t/log.sql': model('write: append', 'select id from t.it'),
      'tables/t/daily.sql': model(byDay, 'select day, id from t.it where day >= $from and day < $to'),
    })
    lab = new Lab(root)
    drop(root, '1,a,10,0', '2,b,20,1')
    await lab.run()
    const before = await (await lab.asker()).files('t.daily')
    await lab.edit({ 'tables/t/it.sql': model('write: append\npartition: name', dated) })
    expect(await lab.plan()).toEqual(['t.it: relayout'])
    await lab.run()
    drop(root, '3,c,30,1')
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await lab.rows('from t.log order by id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    expect(await lab.rows('select id from t.daily order by id')).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }])
    const now = await (await lab.asker()).files('t.daily')
    expect(now.filter((path) => before.includes(path))).toHaveLength(1)
    expect(await lab.plan()).toEqual([])
  })

  test.each(['replace', 'append', '{ merge: id, newest: seen }'])(
    'a column in another case, in a table with write %s: new notes over the same files, the same field',
    async (write) => {
      const [before, after] = [select, select.replace('name', 'name as "Name"')]
      const one = await changed(model(`write: ${write}`, before), model(`write: ${write}`, after))
      expect([said(one.ran), steps(one.ran.plan)]).toEqual([['ok'], ['t.it: restamp']])
      expect(one.ran.plan.steps[0]?.why.map(sayReason)).toEqual(['the column Name is written in another case'])
      expect(await one.asker.files('t.it')).toEqual(one.filesBefore)
      const ref = (await one.asker.lakehouse.catalog.resolve('dev')).get('t.it')
      const state = ref === undefined ? null : await one.asker.lakehouse.format.load(ref)
      expect(state?.shape.fields.map(({ id, name }) => [id, name])).toEqual([
        [1, 'id'],
        [2, 'Name'],
        [3, 'amount'],
        [4, 'seen'],
      ])
      const rows = [
        { id: 1, Name: 'a' },
        { id: 2, Name: 'b' },
      ]
      expect(await one.asker.rows('select id, Name from t.it order by id')).toEqual(rows)
      await settled(one)
      drop(one.root, '3,c,30,3')
      expect(said(await lab.run())).toEqual(['ok'])
      expect(await lab.rows('select * exclude (amount, seen) from t.it order by id')).toEqual([
        ...rows,
        { id: 3, Name: 'c' },
      ])
    },
  )

  test('a column in another case in a source: the same field over the same files, and its rows land as before', async () => {
    const one = await changed(model('write: replace', 'select * from raw.rows'), model('write: replace', select))
    const landed = await one.asker.files('raw.rows')
    await lab.edit({ 'tables/raw/rows.ts': source.replace('name: {', 'Name: {') })
    const ran = await lab.run()
    expect([said(ran), steps(ran.plan)[0]]).toEqual([['ok'], 'raw_rows_files: restamp'])
    expect(await (await lab.asker()).files('raw.rows')).toEqual(landed)
    drop(one.root, '3,c,30,3')
    expect(said(await lab.run())).toEqual(['ok'])
    expect(await lab.rows('select id, Name from raw.rows order by id')).toEqual([
      { id: 1, Name: 'a' },
      { id: 2, Name: 'b' },
      { id: 3, Name: 'c' },
    ])
    expect(await lab.rows('select count(*) as n from t.it')).toEqual([{ n: 3 }])
    await settled(one)
  })

  test('a column that goes: its files stay, readers do not see it', async () => {
    const one = await changed(
      model('write: replace', select),
      model('write: replace', 'select id, name, seen from raw.rows'),
    )
    expect([said(one.ran), steps(one.ran.plan)]).toEqual([['ok'], ['t.it: restamp']])
    expect(await one.asker.files('t.it')).toEqual(one.filesBefore)
    expect(await one.asker.rows('from t.it order by id')).toEqual([
      { id: 1, name: 'a', seen: 1 },
      { id: 2, name: 'b', seen: 2 },
    ])
    await settled(one)
  })
})

describe('what is computed again', () => {
  test('columns that files brought stay when the definition of their source changes, and when some of them are declared', async () => {
    const sourceOf = (more: string): string => `import { defineSource } from 'millrace'
export default defineSource({ connector: 'files', config: { path: 'in/raw.rows/*.csv' },
  tables: { 'raw.rows': { write: 'append', columns: { id: { type: 'int64'${more} } } } })\n`
    lab = new Lab(makeProject({ 'tables/raw/rows.ts': sourceOf(' }') }))
    writeFiles(lab.root, { 'in/raw.rows/1.csv': 'id\n1\n' })
    await lab.run()
    writeFiles(lab.root, { 'in/raw.rows/2.csv': 'id,extra,n\n2,x,5\n' })
    await lab.run()
    const rows = async (): Promise<unknown> => await lab.rows('from raw.rows order by id')
    const all = [
      { id: 1, extra: null, n: null },
      { id: 2, extra: 'x', n: '5' },
    ]
    for (const more of [", note: 'whose it is' }", " }, extra: { type: 'string' }"]) {
      await lab.edit({ 'tables/raw/rows.ts': sourceOf(more) })
      expect(steps((await lab.run()).plan)).toEqual(['raw.rows: restamp'])
      expect(await rows()).toEqual(all)
    }
    await lab.edit({
      'tables/raw/rows.ts': sourceOf(" }, extra: { type: 'string' }, number: { type: 'string', was: 'n' }"),
    })
    await lab.run()
    expect(await rows()).toEqual([
      { id: 1, extra: null, number: null },
      { id: 2, extra: 'x', number: '5' },
    ])
    // One that was declared and is not any more goes, but not by itself.
    await lab.edit({ 'tables/raw/rows.ts': sourceOf(" }, number: { type: 'string' }") })
    expect((await lab.run()).issues.map(({ code }) => code)).toEqual(['plan/would-lose-columns'])
    expect(await rows()).toHaveLength(2)
    expect(Object.keys((await lab.rows('from raw.rows'))[0] ?? {})).toContain('extra')
    await lab.run({ plan: { allow: ['raw.rows'] } })
    expect(await rows()).toEqual([
      { id: 1, number: null },
      { id: 2, number: '5' },
    ])
  })

  test('a new column', async () => {
    const one = await changed(
      model('write: replace', select),
      model('write: replace', `select *, amount * 2 as twice from (${select})`),
    )
    expect([said(one.ran), steps(one.ran.plan)[0]]).toEqual([['ok'], 't.it: rebuild'])
    expect(await one.asker.rows('select id, twice from t.it order by id')).toEqual([
      { id: 1, twice: 20 },
      { id: 2, twice: 40 },
    ])
    await settled(one)
  })

  test('a wider type', async () => {
    const one = await changed(
      model('write: replace', select),
      model('write: replace', select.replace('amount', 'amount::int64 as amount')),
    )
    expect(said(one.ran)).toEqual(['ok'])
    expect(
      await one.asker.rows('select typeof(amount) as type, sum(amount)::int as total from t.it group by 1'),
    ).toEqual([{ type: 'BIGINT', total: 30 }])
    await settled(one)
  })

  test('a wider type that is stored as the narrow one was', async () => {
    const narrow = select.replace('amount', 'amount::int8 as amount')
    const wide = select.replace('amount', '(amount * 50)::int32 as amount')
    const one = await changed(model('write: replace', narrow), model('write: replace', wide))
    expect(said(one.ran)).toEqual(['ok'])
    expect(
      await one.asker.rows('select typeof(amount) as type, sum(amount)::int as total from t.it group by 1'),
    ).toEqual([{ type: 'INTEGER', total: 1500 }])
    await settled(one)
  })

  test('a renamed column keeps its identity', async () => {
    const renamed = model(
      'write: replace\ncolumns:\n  title: { was: name }',
      'select id, name as title, amount, seen from raw.rows',
    )
    const idOf = async (asker: Asker, name: string): Promise<number | undefined> => {
      const ref = (await asker.lakehouse.catalog.resolve('dev')).get('t.it')
      if (ref === undefined) return undefined
      return (await asker.lakehouse.format.load(ref)).shape.fields.find((field) => field.name === name)?.id
    }
    const one = await changed(model('write: replace', select), renamed)
    expect(said(one.ran)).toEqual(['ok'])
    expect(await idOf(one.asker, 'title')).toBe(2)
    expect(await one.asker.rows('select title from t.it order by id')).toEqual([{ title: 'a' }, { title: 'b' }])
    await settled(one)
  })
})

describe('forwardOnly', () => {
  const kinds: Readonly<Record<string, string>> = {
    append: 'write: append',
    merge: 'write: { merge: id, newest: seen }\nreads: { raw.rows: changes }',
    history: 'write: { history: id, type: 2, changedAt: seen, track: [name] }\nreads: { raw.rows: changes }',
  }

  test.each(Object.entries(kinds))(
    '%s: rows from now on are made the new way, those of before stay',
    async (kind, header) => {
      const forward = `${header}\nforwardOnly: true`
      const later = `select id, name || '!' as name, amount, seen, amount * 2 as twice from raw.rows`
      const one = await changed(model(forward, select), model(forward, later), (root) =>
        drop(root, '2,b,21,3', '3,c,30,3'),
      )
      expect(said(one.ran)).toEqual(['ok'])
      const first = [{ id: 1, name: 'a', amount: 10, twice: null }]
      const old = { id: 2, name: 'b', amount: 20, twice: null }
      const fresh = [
        { id: 2, name: 'b!', amount: 21, twice: 42 },
        { id: 3, name: 'c!', amount: 30, twice: 60 },
      ]
      const rows = await one.asker.rows('select id, name, amount, twice from t.it order by id, seen')
      expect(rows).toEqual(kind === 'merge' ? [...first, ...fresh] : [...first, old, ...fresh])
      await settled(one)
    },
  )

  const later = 'select id, name, amount, seen, amount * 2 as twice from raw.rows'
  const before = [
    { id: 1, name: 'a', twice: null },
    { id: 2, name: 'b', twice: null },
  ]
  const shown = 'select id, name, twice from t.it order by id'

  test.each(Object.entries(kinds))(
    '%s, and a new partition in the same edit: old rows only move, new ones are made the new way',
    async (_, header) => {
      const forward = `${header}\nforwardOnly: true`
      const one = await changed(model(forward, select), model(`${forward}\npartition: name`, later))
      expect([said(one.ran), steps(one.ran.plan)]).toEqual([['ok'], ['t.it: relayout']])
      const moved = await one.asker.files('t.it')
      expect([moved.length, moved.filter((path) => one.filesBefore.includes(path))]).toEqual([2, []])
      expect(await one.asker.rows(shown)).toEqual(before)
      expect(await lab.plan()).toEqual([])
      drop(one.root, '3,c,30,3')
      expect(said(await lab.run())).toEqual(['ok'])
      expect(await lab.rows(shown)).toEqual([...before, { id: 3, name: 'c', twice: 60 }])
      expect(await one.asker.files('t.it')).toHaveLength(3)
      await settled(one)
    },
  )

  test('append, a new partition and new rows at once: the rows are made the new way, then all are moved', async () => {
    const header = 'write: append\nforwardOnly: true'
    const one = await changed(model(header, select), model(`${header}\npartition: name`, later), (root) =>
      drop(root, '3,c,30,3'),
    )
    expect(steps(one.ran.plan).filter((step) => step.startsWith('t.it'))).toEqual(['t.it: run'])
    const after = [...before, { id: 3, name: 'c', twice: 60 }]
    expect([await one.asker.rows(shown), await lab.plan()]).toEqual([after, ['t.it: relayout']])
    expect(said(await lab.run())).toEqual(['ok'])
    expect([await lab.rows(shown), await one.asker.files('t.it')]).toEqual([
      after,
      expect.objectContaining({ length: 3 }),
    ])
    await settled(one)
  })

  test('interval: days from now on are made the new way, and a late row brings only its own day anew', async () => {
    const where = 'where day >= $from and day < $to'
    const header = 'write: { interval: day }\nforwardOnly: true'
    const root = makeProject({
      'tables/raw/rows.ts': source,
      'tables/raw/days.sql': model('write: append', dated),
      'tables/t/it.sql': model(header, `select day, id, amount from raw.days ${where}`),
    })
    drop(root, '1,a,10,0', '2,b,20,1')
    lab = new Lab(root)
    await lab.run()
    await lab.edit({
      'tables/t/it.sql': model(header, `select day, id, amount, amount * 2 as twice from raw.days ${where}`),
    })
    drop(root, '3,c,30,1', '4,d,40,2')
    expect(said(await lab.run())).toEqual(['ok'])
    const asker = await lab.asker()
    expect(await asker.rows('select id, twice from t.it order by id')).toEqual([
      { id: 1, twice: null },
      { id: 2, twice: 40 },
      { id: 3, twice: 60 },
      { id: 4, twice: 80 },
    ])
    expect((await asker.files('t.it')).filter((path) => !existsSync(path))).toEqual([])
    expect(await lab.plan()).toEqual([])
  })
})

test.each(['replace', 'view'])('a table whose input is to be renamed first says so: %s', async (write) => {
  const input = (name: string): string => model(`write: ${write}`, `select id, name as ${name} from raw.rows`)
  const reader = (name: string): string => model('write: replace', `select ${name} as shown from t.input`)
  lab = new Lab(
    makeProject({ 'tables/raw/rows.ts': source, 'tables/t/input.sql': input('one'), 'tables/t/it.sql': reader('one') }),
  )
  drop(lab.root, '1,a,10,1')
  expect(said(await lab.run())).toEqual(['ok'])
  await lab.edit({ 'tables/t/input.sql': input('two'), 'tables/t/it.sql': reader('two') })
  const ran = await lab.run({ plan: { select: ['t.it'] } })
  expect(ran.issues.map(({ code, params }) => [code, params])).toEqual([
    ['run/input-behind', { table: 't.it', input: 't.input', columns: ['two'] }],
  ])
  expect(said(await lab.run({ plan: { select: ['+t.it'] } }))).toEqual(['ok'])
  expect(await lab.rows('from t.it')).toEqual([{ shown: 'a' }])
  await lab.edit({ 'tables/t/fresh.sql': input('two'), 'tables/t/it.sql': reader('two').replace('t.input', 't.fresh') })
  const early = await lab.run({ plan: { select: ['t.it'] } })
  expect(early.issues.map(({ code, params }) => [code, params])).toEqual([
    ['run/input-behind', { table: 't.it', input: 't.fresh', columns: ['two'] }],
  ])
})
