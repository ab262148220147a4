// Promotions, one environment on top of another: up one step at a time, and never so that the target loses something.
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Instant, PublicationId, TableName, TableRef } from '@millrace/core'
import { promote, rollback } from '@millrace/runtime'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Lab, said } from './support/bench.ts'
import { promoted, refusal } from './support/promoting.ts'
import { csvSource, makeProject, model, removeProjects, writeFiles } from './support/project.ts'

afterAll(removeProjects)
afterEach(async () => await lab.close())

type Edit = Readonly<Record<string, string>>

let lab: Lab
let files = 0

const silver = (amount: string): string => model('write: { merge: id }', `select id, ${amount} from raw.rows`)

function drop(...lines: readonly string[]): void {
  const name = `in/raw.rows/${String(++files).padStart(4, '0')}.csv`
  writeFiles(lab.root, { [name]: `${['id,amount', ...lines].join('\n')}\n` })
}

beforeEach(async () => {
  const root = makeProject(
    {
      'tables/raw/rows.ts': csvSource('raw.rows', { id: 'int64', amount: 'int64' }),
      'tables/silver/rows.sql': silver('amount'),
      'tables/gold/total.sql': model('write: replace', 'select sum(amount)::int64 as total from silver.rows'),
    },
    `prod: {}, dev: { base: 'prod' }`,
  )
  lab = new Lab(root)
  drop('1,10', '2,20')
  const first = await lab.run({ env: 'prod' })
  if (first.status !== 'ok') throw new Error(said(first).join(', '))
})

const up = async (from: string, to: string): Promise<readonly string[]> =>
  await promoted(await lab.workspace(from), from, to)

const total = async (env: string): Promise<unknown> => (await lab.rows('from gold.total', env))[0]?.['total']

/** A commit without rows, as another program's that only moves files. */
async function rewritten(env: string, table: TableName): Promise<void> {
  const { lakehouse } = await lab.workspace(env)
  const base = (await lakehouse.catalog.resolve(env)).get(table) as TableRef
  const { shape, made, progress } = await lakehouse.format.load(base)
  if (made === null) throw new Error('made by a run')
  const draft = await lakehouse.format.draft(table, base, base.location, { write: 'append', columns: {} })
  const { next } = await lakehouse.format.stage(
    { ...draft, shape },
    {
      id: 'rewritten',
      add: { files: [], rows: 0, bytes: 0 },
      remove: 'none',
      made,
      progress,
      operation: 'append',
      sameRows: true,
      at: lakehouse.clock.now(),
    },
  )
  const publication = {
    id: 'rewritten' as PublicationId,
    environment: env,
    parent: (await lakehouse.catalog.environment(env))?.head ?? null,
    at: lakehouse.clock.now(),
    run: null,
    moves: [{ table, from: base.version, to: next, how: 'run' as const }],
  }
  expect((await lakehouse.catalog.publish(publication)).status).toBe('done')
}

async function uuidOf(table: TableName): Promise<string | undefined> {
  const { lakehouse } = await lab.workspace('prod')
  return (await lakehouse.catalog.resolve('prod')).get(table)?.uuid
}

test('a table that reads what is promoted through a view of the target goes up with it', async () => {
  await lab.edit({
    'tables/silver/shown.sql': model('write: view', 'select id, amount from silver.rows'),
    'tables/gold/total.sql': model('write: replace', 'select sum(amount)::int64 as total from silver.shown'),
  })
  expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
  drop('3,30')
  expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
  // Without the table below the view, prod would show a total that nothing in it explains.
  const { lakehouse, graph } = await lab.workspace('dev')
  expect(await refusal(promote(lakehouse, graph, 'dev', ['gold.total']))).toEqual(['env/input-differs'])
  expect(await up('dev', 'prod')).toEqual([
    'gold.total: fast-forward',
    'raw.rows: fast-forward',
    'silver.rows: fast-forward',
  ])
  expect([await total('dev'), await total('prod')]).toEqual([60, 60])
  expect(await lab.plan('prod')).toEqual([])
})

test('what was tried on top of another environment goes up one step at a time, and each shows it from then on', async () => {
  const base = { environment: 'dev', at: 'latest' } as const
  await (await lab.workspace('dev')).lakehouse.catalog.createEnvironment({ name: 'fix', base })
  await lab.edit({ 'tables/silver/rows.sql': silver('amount * 2 as amount') })
  expect(said(await lab.run({ env: 'fix' }))).toEqual(['ok'])
  const moved = ['gold.total: fast-forward', 'silver.rows: fast-forward']
  expect(await up('fix', 'dev')).toEqual(moved)
  expect([await total('fix'), await total('dev'), await total('prod')]).toEqual([60, 60, 30])
  const before = await uuidOf('silver.rows')
  expect(await up('dev', 'prod')).toEqual(moved)
  expect([await total('fix'), await total('dev'), await total('prod')]).toEqual([60, 60, 60])
  // The tables of prod went on: they are the same ones.
  expect(await uuidOf('silver.rows')).toBe(before)
  drop('3,30')
  for (const env of ['prod', 'fix']) expect(said(await lab.run({ env }))).toEqual(['ok'])
  expect([await total('fix'), await total('dev'), await total('prod')]).toEqual([120, 120, 120])
})

test('what was tried on top of an environment that was itself promoted since goes up after it', async () => {
  const base = { environment: 'dev', at: 'latest' } as const
  await lab.edit({ 'tables/silver/rows.sql': silver('amount * 2 as amount') })
  expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
  await (await lab.workspace('dev')).lakehouse.catalog.createEnvironment({ name: 'fix', base })
  await lab.edit({ 'tables/silver/rows.sql': silver('amount * 3 as amount') })
  expect(said(await lab.run({ env: 'fix' }))).toEqual(['ok'])
  await lab.edit({ 'tables/silver/rows.sql': silver('amount * 2 as amount') })
  const moved = ['gold.total: fast-forward', 'silver.rows: fast-forward']
  expect(await up('dev', 'prod')).toEqual(moved)
  await lab.edit({ 'tables/silver/rows.sql': silver('amount * 3 as amount') })
  expect(await up('fix', 'dev')).toEqual(moved)
  expect([await total('fix'), await total('dev'), await total('prod')]).toEqual([90, 90, 60])
  expect(await up('dev', 'prod')).toEqual(moved)
  expect([await total('fix'), await total('dev'), await total('prod')]).toEqual([90, 90, 90])
})

describe('where the own runs of the base went on', () => {
  /** An edit that is run in an environment alone: its base goes on by the definitions of before. */
  async function tried(env: string, before: Edit, after: Edit): Promise<void> {
    await lab.edit(after)
    expect(said(await lab.run({ env }))).toEqual(['ok'])
    await lab.edit(before)
    drop('3,30', '4,40')
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    await lab.edit(after)
  }

  test('what was built anew takes the place of what they made, once it has read what they read', async () => {
    const days = (amount: string): string =>
      model(
        'write: { interval: day }\ngrain: day',
        `select seen as day, sum(${amount})::int64 as amount from silver.seen
         where seen >= $from and seen < $to group by seen`,
      )
    const seen = model(
      'write: { merge: id }',
      `select id, amount, date '2026-01-01' + (id % 3)::int as seen from raw.rows`,
    )
    const by = (amount: string): Edit => ({
      'tables/silver/rows.sql': silver(`${amount} as amount`),
      'tables/silver/seen.sql': seen,
      'tables/gold/days.sql': days(amount),
    })
    const [before, after] = [by('amount'), by('amount * 2')]
    await lab.edit(before)
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    const [then] = (await (await lab.workspace('prod')).lakehouse.catalog.log('prod')).map((one) => String(one.id))
    await tried('dev', before, after)
    expect(await refusal(up('dev', 'prod'))).toEqual(['env/covers-less', 'env/input-differs', 'env/input-differs'])
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    const uuid = await uuidOf('silver.rows')
    expect(await up('dev', 'prod')).toEqual(['gold.days: squash', 'gold.total: squash', 'silver.rows: squash'])
    expect([await total('dev'), await total('prod'), await uuidOf('silver.rows')]).toEqual([200, 200, uuid])
    expect(await lab.rows('select amount from gold.days order by day', 'prod')).toEqual(
      [60, 100, 40].map((amount) => ({ amount })),
    )
    expect(await lab.rows('from gold.total', 'prod', then)).toEqual([{ total: 30 }])
    expect([await lab.plan('prod'), await lab.plan('dev')]).toEqual([[], []])
    drop('5,50')
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    expect([await total('dev'), await total('prod')]).toEqual([300, 300])
  })

  test('rejects of both stay', async () => {
    const checked = (amount: string, most: number): Edit => ({
      'tables/silver/rows.sql': model(
        `write: { merge: id }\ncolumns: { amount: { checks: [{ rule: { max: ${most} }, on: quarantine }] } }`,
        `select id, ${amount} as amount from raw.rows`,
      ),
    })
    drop('7,700')
    await lab.edit(checked('amount', 25))
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    await tried('dev', checked('amount', 25), checked('amount * 2', 21))
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    const rejects = async (env: string): Promise<unknown> =>
      await lab.rows('select count(*)::int as n from silver.rows__rejects', env)
    expect([await rejects('prod'), await rejects('dev')]).toEqual([[{ n: 3 }], [{ n: 5 }]])
    expect(await up('dev', 'prod')).toContain('silver.rows__rejects: squash')
    expect([await rejects('prod'), await total('prod')]).toEqual([[{ n: 7 }], 20])
  })

  test('what goes on from the rows of the base is refused: the base has rows that it has not', async () => {
    drop('5,50')
    expect(said(await lab.run({ env: 'dev', plan: { select: ['raw.rows', 'silver.rows'] } }))).toEqual(['ok'])
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    expect(await refusal(up('dev', 'prod'))).toEqual(['lake/fork-diverged', 'lake/fork-diverged'])
  })

  test('what another environment brought up by a squash is known by what stands above it', async () => {
    const { catalog } = (await lab.workspace('dev')).lakehouse
    drop('3,30')
    expect(said(await lab.run({ env: 'dev', plan: { select: ['raw.rows'] } }))).toEqual(['ok'])
    await catalog.createEnvironment({ name: 'fix', base: { environment: 'dev', at: 'latest' } })
    drop('4,40')
    expect(said(await lab.run({ env: 'fix', plan: { select: ['raw.rows'] } }))).toEqual(['ok'])
    await rewritten('prod', 'raw.rows')
    expect(await up('dev', 'prod')).toEqual(['raw.rows: squash'])
    expect(await up('fix', 'dev')).toEqual(['raw.rows: squash'])
    expect(await up('dev', 'prod')).toEqual(['raw.rows: fast-forward'])
    expect(await lab.rows('select id from raw.rows order by id', 'prod')).toEqual([1, 2, 3, 4].map((id) => ({ id })))
  })
})

describe('a promotion is refused that would take something away', () => {
  test('intervals that only the base covers', async () => {
    const days = (amount: string): string =>
      model(
        'write: { interval: day }\ngrain: day',
        `select day, count(*) as n, ${amount} as amount from raw.days where day >= $from and day < $to group by day`,
      )
    await lab.edit({
      'tables/raw/days.ts': csvSource('raw.days', { day: 'date' }),
      'in/raw.days/1.csv': 'day\n2026-01-01\n2026-01-02\n2026-01-03\n',
      'tables/silver/days.sql': days('1'),
    })
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    await lab.edit({ 'tables/silver/days.sql': days('2') })
    const within = { from: Date.parse('2026-01-02') as Instant, to: Date.parse('2026-01-03') as Instant }
    expect(said(await lab.run({ env: 'dev', plan: { within } }))).toEqual(['ok'])
    expect(await refusal(up('dev', 'prod'))).toEqual(['env/covers-less'])
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    await up('dev', 'prod')
    expect(await lab.rows('select sum(amount)::int64 as a from silver.days', 'prod')).toEqual([{ a: 6 }])
  })

  test('history that only the base still has, unless it is allowed by name', async () => {
    const past = (amount: string): string =>
      model('write: { history: id, type: 2, track: [amount] }', `select id, ${amount} as amount from silver.now`)
    const shown = async (env: string): Promise<string> =>
      (await lab.rows('select id, amount from gold.past order by id, valid_from', env))
        .map((row) => Object.values(row).join(': '))
        .join(', ')
    await lab.edit({
      'tables/silver/rows.sql': null,
      'tables/gold/total.sql': null,
      'tables/silver/now.sql': model('write: replace', 'select id, max(amount) as amount from raw.rows group by id'),
      'tables/gold/past.sql': past('amount'),
    })
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    drop('1,11')
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    await up('dev', 'prod')
    expect(await shown('prod')).toBe('1: 10, 1: 11, 2: 20')

    // The environment only shows the history of its base, so a change may be tried there.
    await lab.edit({ 'tables/gold/past.sql': past('amount + 100') })
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    expect([await shown('dev'), await shown('prod')]).toEqual(['1: 111, 2: 120', '1: 10, 1: 11, 2: 20'])
    expect(await refusal(up('dev', 'prod'))).toEqual(['env/would-lose-history'])
    expect(await shown('prod')).toBe('1: 10, 1: 11, 2: 20')
    // What it has by now is its own.
    await lab.edit({ 'tables/gold/past.sql': past('amount + 200') })
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['failed', 'plan/would-lose-history'])
    await lab.edit({ 'tables/gold/past.sql': past('amount + 100') })
    await promoted(await lab.workspace('dev'), 'dev', 'prod', [], ['gold.past'])
    expect(await shown('prod')).toBe('1: 111, 2: 120')

    expect(said(await lab.run({ env: 'dev', plan: { fullRefresh: true, select: ['gold.past'] } }))).toEqual(['ok'])
    expect(await refusal(up('dev', 'prod'))).toEqual(['env/would-lose-history'])
  })

  test('history that was kept by a definition which the environment changed', async () => {
    const source = csvSource('raw.rows', { id: 'int64', amount: 'int64' })
    const anew = source.replace("write: 'append'", "write: 'replace'")
    await lab.edit({
      'tables/gold/total.sql': null,
      'tables/raw/rows.ts': anew,
      'tables/silver/rows.sql': silver('amount'),
    })
    expect(said(await lab.run({ env: 'prod', plan: { allow: ['gold.total', 'silver.rows'] } }))).toEqual(['ok'])
    rmSync(join(lab.root, 'in/raw.rows'), { recursive: true })
    drop('1,11')
    expect(said(await lab.run({ env: 'prod', plan: { allow: ['raw.rows'] } }))).toEqual(['ok'])
    for (const edit of [
      { 'tables/silver/rows.sql': model('write: replace', 'select id, amount from raw.rows') },
      { 'tables/silver/rows.sql': model('write: view', 'select id, amount from raw.rows') },
      { 'tables/raw/rows.ts': source, 'tables/silver/rows.sql': silver('amount') },
    ]) {
      await lab.edit(edit)
      expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
      expect(await refusal(up('dev', 'prod'))).toEqual(['env/would-lose-history'])
      expect(await lab.rows('from silver.rows order by id', 'prod')).toEqual([
        { id: 1, amount: 11 },
        { id: 2, amount: 20 },
      ])
    }
  })

  test('days that were computed from rows which the base has not', async () => {
    await lab.edit({
      'tables/raw/days.ts': csvSource('raw.days', { day: 'date', amount: 'int64' }),
      'in/raw.days/1.csv': 'day,amount\n2026-01-01,1\n2026-01-02,2\n',
      'tables/silver/days.sql': model(
        'write: { interval: day }',
        'select day, sum(amount)::int64 as amount from raw.days where day >= $from and day < $to group by day',
      ),
    })
    expect(said(await lab.run({ env: 'prod' }))).toEqual(['ok'])
    const other = await lab.run({ env: 'dev', plan: { select: ['gold.total'], fullRefresh: true } })
    expect(said(other)).toEqual(['ok'])
    const [before] = await (await lab.workspace('dev')).lakehouse.catalog.log('dev', 1)
    await lab.edit({ 'in/raw.days/2.csv': 'day,amount\n2026-01-01,100\n2026-01-02,200\n' })
    expect(said(await lab.run({ env: 'dev' }))).toEqual(['ok'])
    await rollback((await lab.workspace('dev')).lakehouse, before?.id ?? '', ['raw.days'])
    const within = { from: Date.parse('2026-01-02') as Instant, to: Date.parse('2026-01-03') as Instant }
    expect(said(await lab.run({ env: 'dev', plan: { select: ['silver.days'], within } }))).toEqual(['ok'])
    const { graph, lakehouse } = await lab.workspace('dev')
    expect(await refusal(promote(lakehouse, graph, 'dev', ['silver.days']))).toEqual(['env/input-differs'])
  })

  test.each([
    [
      'a path that a variable gives',
      csvSource('raw.it', { who: 'string' }).replace("'in/raw.it/*.csv'", '`in/${process.env.WHO}/*.csv`'),
    ],
    [
      'a path that is a variable',
      csvSource('raw.it', { who: 'string' })
        .replace("'in/raw.it/*.csv'", "env('WHO_PATH')")
        .replace('{ defineSource }', '{ defineSource, env }'),
    ],
    [
      'a function that looks at a variable',
      `import { defineSource } from 'millrace'
export default defineSource({ columns: { who: { type: 'string' } }, *read() { yield { row: { who: process.env.WHO } } } })\n`,
    ],
  ])('rows of another source than its own: %s', async (_, source) => {
    const as = async (who: string, env: string): Promise<void> => {
      vi.stubEnv('WHO', who)
      vi.stubEnv('WHO_PATH', `in/${who}/*.csv`)
      await lab.close()
      expect(said(await lab.run({ env }))).toEqual(['ok'])
    }
    const header = 'who\n'
    await lab.edit({
      'tables/raw/it.ts': source,
      'in/real/1.csv': `${header}real\n`,
      'in/sandbox/2.csv': `${header}sandbox\n`,
    })
    try {
      await as('real', 'prod')
      await as('sandbox', 'dev')
      expect(await refusal(up('dev', 'prod'))).toEqual(['env/other-origin'])
      expect(await lab.rows('from raw.it', 'prod')).toEqual([{ who: 'real' }])
    } finally {
      vi.unstubAllEnvs()
    }
  })
})
