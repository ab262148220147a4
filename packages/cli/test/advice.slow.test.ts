// What the commands advise is done as it was printed: it works, and in the environment that was worked in.
import { afterAll, beforeEach, expect, test } from 'vitest'
import { type Ended, Folder } from './command.ts'

const folders: Folder[] = []
let folder: Folder
let files = 0
afterAll(() => folders.forEach((one) => one.remove()))

const configOf = (environments: string): string => `import { defineProject } from 'millrace'
export default defineProject({ name: 'shop', environments: { ${environments} } })
`
const source = `import { defineSource } from 'millrace'
export default defineSource({
  name: 'days',
  connector: 'files',
  config: { path: 'landing/*.csv' },
  tables: { 'raw.days': { write: 'append', columns: { day: { type: 'date' } } } },
})
`
const daily = (amount: number): string => `/* millrace
write: { interval: day }
grain: day
*/
select day, count(*) as n, ${amount} as amount from raw.days where day >= $from and day < $to group by day
`

beforeEach(() => {
  folder = new Folder().write({ 'tables/raw/days.ts': source, 'tables/silver/days.sql': daily(1) })
  folders.push(folder)
  land('2026-01-01', '2026-01-02', '2026-01-03')
})

const land = (...days: readonly string[]): void =>
  void folder.write({ [`landing/${++files}.csv`]: `day\n${days.join('\n')}\n` })
const environments = (text: string): void => void folder.write({ 'millrace.config.ts': configOf(text) })

async function daysOf(env: string): Promise<unknown> {
  const [row] = await folder.json<Record<string, unknown>[]>(
    'query',
    'select count(*)::int as days, sum(amount)::int as amount from silver.days',
    '--env',
    env,
  )
  return row
}

/** The commands that a text shows, each typed as it stands there. */
const shownIn = ({ stderr, stdout }: Ended): readonly string[] =>
  [...`${stderr}${stdout}`.matchAll(/`(millrace [^`]*)`|: (millrace .*)$/gm)].map(
    ([, quoted, bare]) => quoted ?? bare ?? '',
  )

async function follow(command: string): Promise<void> {
  const { status, stderr } = await folder.shell(command)
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stderr}`)
}

test('tables and rollback', async () => {
  environments('dev: {}, qa: {}')
  const [run = ''] = shownIn(await folder.run('tables', '--env', 'qa'))
  await follow(run)
  expect(await daysOf('qa')).toEqual({ days: 3, amount: 3 })
  land('2026-01-04')
  await folder.prepare('run', '--env', 'qa')
  const { publications } = await folder.json<{ publications: { id: string }[] }>('table', 'silver.days', '--env', 'qa')
  const back = await folder.run('rollback', publications.at(-1)?.id ?? '', '--env', 'qa')
  expect(await daysOf('qa')).toEqual({ days: 3, amount: 3 })
  const [undo = ''] = shownIn(back)
  await follow(undo)
  expect(await daysOf('qa')).toEqual({ days: 4, amount: 4 })
})

test('plan of a table whose start moved later', async () => {
  environments('dev: {}')
  await folder.prepare('run')
  folder.write({ 'tables/silver/days.sql': daily(1).replace('grain: day', 'grain: day\nstart: 2026-01-03') })
  const planned = await folder.run('plan')
  expect([planned.status, planned.stderr]).toEqual([
    0,
    expect.stringContaining('silver.days has rows from before its `start`: 2026-01-01 to 2026-01-03.'),
  ])
  expect(await folder.json('plan')).toMatchObject({ steps: [], notes: [{ code: 'plan/before-start' }] })
  await folder.prepare('run')
  expect(await daysOf('dev')).toEqual({ days: 3, amount: 3 })
  for (const one of shownIn(planned)) await follow(one)
  expect(await daysOf('dev')).toEqual({ days: 1, amount: 1 })
  expect((await folder.run('plan')).stderr).toBe('')
})

test('env promote of fewer intervals than the base has', async () => {
  environments(`dev: {}, qa: { base: 'dev' }`)
  await folder.prepare('run')
  folder.write({ 'tables/silver/days.sql': daily(2) })
  await folder.prepare('run', '--env', 'qa', '--from', '2026-01-02', '--to', '2026-01-03')
  const refused = await folder.run('env', 'promote', 'qa')
  expect(refused.stderr).toContain('env/covers-less')
  expect(shownIn(refused)).toEqual(['millrace run --env qa', 'millrace backfill --env qa silver.days'])
  for (const one of shownIn(refused)) await follow(one)
  await folder.prepare('env', 'promote', 'qa')
  expect(await daysOf('dev')).toEqual({ days: 3, amount: 6 })
})

/** What a promotion is refused for, and what is advised, each once. */
async function refusedFor(...codes: readonly string[]): Promise<readonly string[]> {
  const refused = await folder.run('env', 'promote', 'qa')
  for (const code of codes) expect(refused.stderr).toContain(code)
  return [...new Set(shownIn(refused))]
}

test('env promote of what was built anew while its base went on', async () => {
  environments(`dev: {}, qa: { base: 'dev' }`)
  await folder.prepare('run')
  folder.write({ 'tables/silver/days.sql': daily(2) })
  await folder.prepare('run', '--env', 'qa')
  folder.write({ 'tables/silver/days.sql': daily(1) })
  land('2026-01-02', '2026-01-04')
  await folder.prepare('run')
  folder.write({ 'tables/silver/days.sql': daily(3) })
  const advised = await refusedFor('env/not-current', 'env/covers-less', 'env/input-differs')
  expect(advised).toEqual(['millrace run --env qa', 'millrace backfill --env qa silver.days'])
  for (const one of advised) await follow(one)
  await folder.prepare('env', 'promote', 'qa')
  expect(await daysOf('dev')).toEqual({ days: 4, amount: 12 })
  expect((await folder.run('plan')).stdout).not.toContain('silver.days')
})

test('env promote of one table without the one that it reads', async () => {
  environments(`dev: {}, qa: { base: 'dev' }`)
  await folder.prepare('run')
  land('2026-01-04')
  await folder.prepare('run', '--env', 'qa')
  const refused = await folder.run('env', 'promote', 'qa', '--table', 'silver.days')
  expect(refused.stderr).toContain('env/input-differs')
  expect(shownIn(refused)).toEqual(['millrace env promote qa'])
  for (const one of shownIn(refused)) await follow(one)
  expect(await daysOf('dev')).toEqual({ days: 4, amount: 4 })
})

test('env promote with nothing to promote, of a history that was built anew, and env drop of what only it has', async () => {
  const past = (n: number): string => `/* millrace
write: { history: day, type: 2, track: [n] }
*/
select day, n + ${n} as n from silver.counts
`
  folder.write({
    'tables/silver/counts.sql':
      '/* millrace\nwrite: replace\n*/\nselect day, count(*) as n from raw.days group by day\n',
    'tables/silver/past.sql': past(0),
  })
  environments(`dev: {}, qa: { base: 'dev' }`)
  await folder.prepare('run')
  await folder.prepare('plan', '--env', 'qa')
  const nothing = await refusedFor('env/nothing-to-promote')
  expect(nothing).toEqual(['millrace run --env qa'])
  land('2026-01-04')
  for (const one of nothing) await follow(one)
  await folder.prepare('env', 'promote', 'qa')
  folder.write({ 'tables/silver/past.sql': past(10) })
  for (const one of nothing) await follow(one)
  const allowed = await refusedFor('env/would-lose-history')
  expect(allowed).toEqual(['millrace env promote qa --allow silver.past'])
  for (const one of allowed) await follow(one)
  expect(await folder.json('query', 'select max(n)::int as n from silver.past')).toEqual([{ n: 11 }])
  folder.write({ 'tables/silver/own.sql': '/* millrace\nwrite: replace\n*/\nselect count(*) as n from raw.days\n' })
  for (const one of nothing) await follow(one)
  const kept = await folder.run('env', 'drop', 'qa')
  expect(kept.stderr).toContain('env/would-lose')
  expect(shownIn(kept)).toEqual(['millrace env drop qa --allow qa'])
  for (const one of shownIn(kept)) await follow(one)
})

test('env promote where both went on', async () => {
  environments(`dev: {}, qa: { base: 'dev' }`)
  await folder.prepare('run')
  land('2026-01-04')
  await folder.prepare('run', '--env', 'qa')
  land('2026-01-05')
  await folder.prepare('run')
  land('2026-01-06')
  for (const one of await refusedFor('env/covers-less')) await follow(one)
  const advised = await refusedFor('lake/fork-diverged')
  expect(advised).toEqual([
    'millrace env drop qa',
    'millrace env create qa --base dev',
    'millrace run --env qa',
    'millrace run --env dev',
  ])
  for (const one of advised.slice(0, 3)) await follow(one)
  await folder.prepare('env', 'promote', 'qa')
  expect(await daysOf('dev')).toEqual({ days: 6, amount: 6 })
  for (const one of advised.slice(3)) await follow(one)
  expect([await daysOf('dev'), await daysOf('qa')]).toEqual([
    { days: 6, amount: 6 },
    { days: 6, amount: 6 },
  ])
})

test('an environment that is to stand on another base is promoted into the one that it has, and made anew', async () => {
  environments(`dev: {}, staging: {}, qa: { base: 'staging' }`)
  for (const env of ['dev', 'staging']) await folder.prepare('run', '--env', env)
  land('2026-01-04')
  await folder.prepare('run', '--env', 'qa')
  environments(`dev: {}, staging: {}, qa: { base: 'dev' }`)
  const refused = await folder.run('run', '--env', 'qa')
  expect(refused.stderr).toContain('env/base-changed')
  const advice = shownIn(refused)
  expect(advice).toEqual(['millrace env promote qa', 'millrace env drop qa'])
  for (const one of advice) await follow(one)
  expect(await daysOf('staging')).toEqual({ days: 4, amount: 4 })
  await folder.prepare('plan', '--env', 'qa')
  expect([await daysOf('qa'), await daysOf('dev')]).toEqual([
    { days: 3, amount: 3 },
    { days: 3, amount: 3 },
  ])
})

test('an environment that stood on none and is to stand on another goes on without it, or is made anew', async () => {
  environments('dev: {}')
  await folder.prepare('run')
  environments(`prod: {}, dev: { base: 'prod' }`)
  const refused = await folder.run('run')
  expect(refused.stderr).toContain('env/base-changed')
  environments('prod: {}, dev: {}')
  await folder.prepare('run')
  environments(`prod: {}, dev: {}, mine: { base: 'prod' }`)
  await folder.prepare('run', '--env', 'mine')
  environments(`prod: {}, dev: { base: 'prod' }`)
  const [drop = '', ...others] = shownIn(refused)
  expect(others).toEqual([])
  await follow(drop)
  await folder.prepare('run')
  expect(await daysOf('dev')).toEqual({ days: 3, amount: 3 })
})

test('a check of the whole table is told as such, and the query of one that a comment is in finds its rows', async () => {
  environments('dev: {}')
  const few = (rows: string): string => `/* millrace
write: replace
checks:
  - { rows: { ${rows}: 9 } }
  - { rule: { sql: "select 1 as x from gold.few as a, gold.few as b -- pairs\\nwhere a.day > b.day" }, on: warn, name: pairs }
*/
select day from raw.days
`
  folder.write({ 'tables/gold/few.sql': few('min') })
  const ran = await folder.run('run', '--select', '+gold.few')
  expect(ran.stderr).toMatch(/^✗ gold\.few: breaks "has at least 9 rows" \(block\)\n {4}\{"rows":3\}$/m)
  expect(ran.stderr).toContain('✗ gold.few was not published: it breaks the check "has at least 9 rows".')
  expect(ran.stderr).toContain('! gold.few: 3 rows break "pairs" (warn)')
  folder.write({ 'tables/gold/few.sql': few('max') })
  await folder.prepare('run')
  const checked = await folder.run('check')
  expect(checked.stdout).toContain('! gold.few  pairs  3 rows (warn)\n')
  const [, query = ''] = /→ millrace query '([^']*)'/.exec(checked.stdout) ?? []
  expect(await folder.json('query', query)).toEqual([{ x: 1 }, { x: 1 }, { x: 1 }])
})

test('a failed table says its code once, and as many rows break a unique check as are shown', async () => {
  environments('dev: {}')
  folder.write({
    'tables/gold/few.sql': `/* millrace
write: replace
columns: { day: { checks: [unique] } }
checks: [{ rows: { min: 9 } }]
*/
select day from raw.days union all select min(day) from raw.days`,
  })
  const { stderr } = await folder.run('run', '--select', '+gold.few')
  expect(stderr).toMatch(/^✗ gold\.few {2}run\/check-failed$/m)
  expect(stderr).toMatch(/^✗ gold\.few: 2 of 4 rows break "day is unique" \(block\)\n {4}\{.*\}\n {4}\{.*\}\n[^ ]/m)
  expect(stderr).toContain('✗ gold.few was not published: 2 rows break the check "day is unique".')
  await folder.shell('rm tables/gold/few.sql')
})
