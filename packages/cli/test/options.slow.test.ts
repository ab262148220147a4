// Options as a user gives them: what each changes, in one project over which the tests go in order. Each asserts what was
// done by asking the tables, and how the command ended.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../src/table.ts'
import { config, type Ended, Folder, main, start } from './command.ts'

const folder = new Folder()

const source = `import { defineSource } from 'millrace'
export default defineSource({
  name: 'order_files',
  connector: 'files',
  config: { path: 'landing/*.csv' },
  tables: {
    'bronze.orders': {
      write: 'append',
      columns: { id: { type: 'int64' }, day: { type: 'date' }, amount: { type: 'int32' } },
    },
  },
})
`
const orders = (promises = ''): string => `/* millrace
write: { interval: day }
${promises}*/
select id, day, amount from bronze.orders where day >= $from::date and day < $to::date
`
const days = (more = ''): string => `/* millrace
write: { interval: day }
*/
select day, sum(amount)::int as amount${more} from silver.orders where day >= $from::date and day < $to::date group by day
`
const total = (plus: number): string => `select sum(amount)::int + ${plus} as amount from silver.orders`

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'landing/1.csv': 'id,day,amount\n1,2026-01-01,10\n2,2026-01-02,20\n3,2026-01-03,30\n4,2026-01-04,40\n',
    'tables/bronze/orders.ts': source,
    'tables/silver/orders.sql': orders(),
    'tables/gold/days.sql': days(),
    'tables/gold/total.sql': total(0),
  })
  await folder.prepare('run', '--select', 'bronze.orders')
})
afterAll(() => folder.remove())

const tables = async (): Promise<readonly string[]> =>
  (await folder.json<{ table: string }[]>('tables')).map((one) => one.table)

/** The days of January that each of these tables has. */
async function daysOf(...names: readonly string[]): Promise<readonly (readonly number[])[]> {
  const lists = names.map(
    (name, i) => `(select list(distinct day(day)::int order by day(day)::int) from ${name}) as t${i}`,
  )
  const [row] = await folder.json<Record<string, readonly number[]>[]>('query', `select ${lists.join(', ')}`)
  return Object.values(row ?? {})
}

async function totalIn(env: string, ...more: readonly string[]): Promise<number | undefined> {
  const [row] = await folder.json<{ amount: number }[]>('query', 'from gold.total', '--env', env, ...more)
  return row?.amount
}

interface Event {
  readonly type: string
  readonly task?: string
  readonly rows?: number
}

/** The tasks that a run with `--json` has done, each with the rows that it computed: the last that it said of them. */
function done({ stdout }: Ended): readonly string[] {
  const lines = stdout.trimEnd().split('\n')
  const events = lines.map((line) => JSON.parse(line) as Event).filter(({ type }) => type === 'task.progress')
  return [...new Map(events.map(({ task, rows }) => [task, rows]))].map(([task, rows]) => `${task} ${rows}`)
}

test('backfill --from --to fills those intervals of that table, and nothing else', async () => {
  const ended = await folder.run('backfill', 'silver.orders', '--from', '2026-01-02', '--to', '2026-01-04')
  expect(ended).toMatchObject({ status: 0, stdout: '' })
  expect(await daysOf('silver.orders')).toEqual([[2, 3]])
  expect(await tables()).toEqual(['bronze.orders', 'silver.orders'])
  const wrong = await folder.run('backfill', 'silver.orders', '--from', 'soon')
  expect(wrong).toMatchObject({ status: 2, stdout: '' })
  expect(wrong.stderr).toContain('command/bad-value')
  expect(wrong.stderr).toContain('--from')
})

test('plan --from --to shows only those intervals, and --full-refresh builds what is there anew', async () => {
  const plan = async (...options: readonly string[]) => {
    const { steps } = await folder.json<{ steps: { node: string; action: string; slices: object[] }[] }>(
      'plan',
      '--select',
      'silver.orders',
      ...options,
    )
    return steps.map(({ action, slices }) => [action, slices])
  }
  const [from, to] = [Date.UTC(2026, 0, 4), Date.UTC(2026, 0, 5)]
  expect(await plan('--from', '2026-01-03', '--to', '2026-02-01')).toEqual([['run', [{ interval: { from, to } }]]])
  expect(await plan('--full-refresh', '--from', '2026-01-04', '--allow', 'silver.orders')).toEqual([
    ['rebuild', [{ interval: { from, to } }]],
  ])
})

test('run --from --to works on the intervals between both, --to alone on those before it', async () => {
  expect(await folder.run('run', '--from', '2026-01-03', '--to', '2026-01-04')).toMatchObject({ status: 0 })
  expect(await daysOf('silver.orders', 'gold.days')).toEqual([[2, 3], [3]])
  expect(await folder.run('run', '--to', '2026-01-02')).toMatchObject({ status: 0 })
  expect(await daysOf('silver.orders', 'gold.days')).toEqual([
    [1, 2, 3],
    [1, 3],
  ])
  expect(await folder.run('run')).toMatchObject({ status: 0 })
  expect(await daysOf('silver.orders', 'gold.days')).toEqual([
    [1, 2, 3, 4],
    [1, 2, 3, 4],
  ])
})

test('restate computes the named intervals anew, and what hangs on them', async () => {
  const ended = await folder.run('restate', 'silver.orders', '--from', '2026-01-02', '--to', '2026-01-03', '--json')
  expect(ended.status).toBe(0)
  expect(done(ended)).toEqual(['silver.orders 1', 'gold.days 1'])
  const last = await folder.run('restate', 'gold.days', '--from', '2026-01-03', '--json')
  expect([last.status, done(last)]).toEqual([0, ['gold.days 2']])
})

test('lineage shows both sides, with --up or --down only one', async () => {
  const lineage = async (...options: readonly string[]) => {
    const { up, down } = await folder.json<{ up: { from: string }[]; down: { to: string }[] }>(
      'lineage',
      'silver.orders',
      ...options,
    )
    return [up.map((one) => one.from), down.map((one) => one.to)]
  }
  expect(await lineage()).toEqual([['bronze.orders'], ['gold.days', 'gold.total']])
  expect(await lineage('--up')).toEqual([['bronze.orders'], []])
  expect(await lineage('--down')).toEqual([[], ['gold.days', 'gold.total']])
})

test('table --diff shows the rows that differ since a time, and since a snapshot', async () => {
  const before = await folder.json<{ versions: { id: string }[]; publications: { at: string }[] }>('table', 'gold.days')
  folder.write({ 'landing/2.csv': 'id,day,amount\n5,2026-01-02,2\n' })
  await folder.prepare('run')
  for (const version of [before.versions[0]?.id, before.publications[0]?.at]) {
    expect(await folder.json('table', 'gold.days', '--diff', version ?? '')).toEqual([
      { '±': '+', day: '2026-01-02', amount: 22 },
      { '±': '-', day: '2026-01-02', amount: 20 },
    ])
  }
  const none = await folder.run('table', 'gold.days', '--diff', '1999-01-01')
  expect(none).toMatchObject({ status: 2, stdout: '' })
  expect(none.stderr).toContain('lake/no-publication')
})

test('env create --base starts from that environment, without it from dev', async () => {
  expect(await folder.run('env', 'create', 'fix')).toMatchObject({ status: 0 })
  expect(await folder.run('env', 'create', 'look', '--base', 'fix')).toMatchObject({ status: 0 })
  expect(await folder.json('env', 'list')).toMatchObject([
    { name: 'dev', base: null },
    { name: 'fix', base: 'dev' },
    { name: 'look', base: 'fix' },
  ])
})

test('query --env --as-of asks for the past of that environment', async () => {
  folder.write({ 'tables/gold/total.sql': total(1), 'tables/gold/days.sql': days(', count(*) as n') })
  await folder.prepare('run', '--env', 'fix')
  const { publications } = await folder.json<{ publications: { id: string }[] }>('table', 'gold.total', '--env', 'fix')
  folder.write({ 'tables/gold/total.sql': total(2) })
  await folder.prepare('run', '--env', 'fix')
  expect(await totalIn('fix', '--as-of', publications[0]?.id ?? '')).toBe(103)
  expect([await totalIn('fix'), await totalIn('look'), await totalIn('dev')]).toEqual([104, 104, 102])
})

test('env promote --table brings only that table', async () => {
  const promoted = await folder.json<{ moves: { table: string }[] }>('env', 'promote', 'fix', '--table', 'gold.total')
  expect(promoted.moves.map((one) => one.table)).toEqual(['gold.total'])
  expect(await totalIn('dev')).toBe(104)
  expect(await folder.json('env', 'diff', 'fix')).toMatchObject([{ table: 'gold.days', change: 'changed' }])
  folder.write({ 'tables/gold/days.sql': days() })
})

test('what stands on no environment has nothing to be compared with', async () => {
  for (const what of ['diff', 'promote']) {
    const { status, stderr } = await folder.run('env', what, 'dev')
    expect({ what, status }).toEqual({ what, status: 2 })
    expect(stderr).toContain('env/no-base')
  }
})

test('restate --allow makes a history anew that could not be told again', async () => {
  const history = (note: string): string =>
    `/* millrace\nwrite: { history: id, type: 2 }\n*/\nselect 1 as id, amount, '${note}' as note from gold.total`
  folder.write({ 'tables/past/total.sql': history('a') })
  await folder.prepare('run', '--select', 'past.*')
  folder.write({ 'tables/past/total.sql': history('b') })
  const refused = await folder.run('restate', 'past.total')
  expect(refused.stderr).toContain('plan/would-lose-history')
  const note = 'select note from past.total'
  expect(await folder.json('query', note)).toEqual([{ note: 'a' }])
  // A name is the same however it is written.
  const allowed = await folder.run('restate', 'Past.TOTAL', '--allow', 'past.total', '--allow', 'past.totl')
  expect(allowed).toMatchObject({ status: 0, stderr: expect.stringContaining('Did you mean past.total?') as string })
  expect(await folder.json('query', note)).toEqual([{ note: 'b' }])
})

test('run publishes what went well; with --atomic all or nothing', async () => {
  const wrong = '/* millrace\nwrite: replace\ncolumns:\n  amount: { checks: [{ max: 15 }] }\n*/\n'
  folder.write({
    'tables/new/bad.sql': `${wrong}select id, amount from silver.orders`,
    'tables/new/good.sql': '/* millrace\nwrite: replace\n*/\nselect count(*) as n from silver.orders',
  })
  const before = await tables()
  const atomic = await folder.run('run', '--select', 'new.*', '--atomic')
  expect(atomic.status).toBe(1)
  expect(atomic.stderr).toContain('run/check-failed')
  expect(atomic.stderr).toContain('nothing was published: with --atomic all tables are, or none')
  expect(await tables()).toEqual(before)
  expect(await folder.run('run', '--select', 'new.*')).toMatchObject({ status: 1 })
  expect(await tables()).toEqual([...before, 'new.good'].toSorted())
  for (const name of ['bad', 'good']) rmSync(join(folder.path, `tables/new/${name}.sql`))
})

test('check ends with 1 where a blocking check fails, and says which rows', async () => {
  folder.write({ 'tables/silver/orders.sql': orders('columns:\n  amount: { checks: [{ max: 35 }] }\n') })
  const { status, stdout, stderr } = await folder.run('check')
  expect({ status, stderr }).toEqual({ status: 1, stderr: '0 checks passed, 1 failed\n' })
  expect(stdout).toBe(`✗ silver.orders  amount <= 35  1 of 5 rows (block)
    {"id":4,"day":"2026-01-04","amount":40}
    → millrace query 'select * from "silver"."orders" where ("amount" > 35)'
`)
  const other = await folder.run('check', '--select', 'gold.*')
  expect(other).toMatchObject({ status: 0, stderr: 'No checks on what is published here.\n' })
})

test('a model that gives other rows than its test expects ends test with 1, and both are shown', async () => {
  const rows = (amount: number): string => `[{ id: 1, day: 2026-01-02, amount: ${amount} }]`
  const given = `tests: [{ name: keeps it, given: { bronze.orders: ${rows(5)} }, params: { from: 2026-01-02, to: 2026-01-03 }`
  folder.write({ 'tables/silver/orders.sql': orders(`${given}, expect: ${rows(6)} }]\n`) })
  const { status, stdout, stderr } = await folder.run('test')
  expect({ status, stderr }).toEqual({ status: 1, stderr: '0 tests passed, 1 failed\n' })
  expect(stdout).toMatch(/^✗ silver\.orders {2}keeps it {2}\d+ ms\n/)
  expect(stdout.split('\n').slice(1)).toEqual([
    '    ≠ {"id":1,"day":"2026-01-02"}',
    '      amount: expected 6, got 5',
    '',
  ])
  const other = await folder.run('test', '--select', 'gold.*')
  expect(other).toMatchObject({ status: 0, stderr: expect.stringMatching(/^No model has tests/) as string })
  folder.write({ 'tables/silver/orders.sql': orders() })
})

test('types --check ends with 1 where a generated file is not up to date, and writes nothing', async () => {
  folder.write({ 'millrace.gen.d.ts': '// old\n' })
  const stale = await folder.run('types', '--check')
  expect(stale).toMatchObject({ status: 1, stdout: '' })
  expect(stale.stderr).toContain('Not up to date: millrace.gen.d.ts, millrace.schema.json. Run `millrace types`')
  expect(readFileSync(join(folder.path, 'millrace.gen.d.ts'), 'utf8')).toBe('// old\n')
  expect(readdirSync(folder.path)).not.toContain('millrace.schema.json')
})

const lakeFiles = (part = ''): readonly string[] =>
  readdirSync(join(folder.path, '.millrace/lake', part), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name))

const publicationsOf = async (table: string): Promise<readonly string[]> =>
  (await folder.json<{ publications: { id: string }[] }>('table', table)).publications.map((one) => one.id)

test('clean --dry-run says what would go, and only clean removes it', async () => {
  const before = lakeFiles()
  const shown = await publicationsOf('silver.orders')
  const dry = await folder.run('clean', '--keep', '0s', '--dry-run')
  expect(dry).toMatchObject({ status: 0, stdout: '' })
  const [, would = '0'] = /^would go: (\d+) files? \(/.exec(dry.stderr) ?? []
  expect(Number(would)).toBeGreaterThan(0)
  expect(lakeFiles()).toEqual(before)
  const removed = await folder.json<{ files: number; dryRun: boolean }>('clean', '--keep', '0s')
  expect(removed.dryRun).toBe(false)
  expect(removed.files).toBeGreaterThanOrEqual(Number(would))
  expect(lakeFiles().length).toBeLessThan(before.length)
  expect(await daysOf('silver.orders')).toEqual([[1, 2, 3, 4]])
  // What can no longer be asked for is not offered, and said to be gone where it is asked for.
  const left = await publicationsOf('silver.orders')
  const gone = shown.find((id) => !left.includes(id)) ?? ''
  // The clean-up has made a publication of its own, in which the table has fewer versions.
  expect(left.map((id) => shown.indexOf(id))).toEqual([-1, 0])
  for (const args of [
    ['table', 'silver.orders', '--diff', gone],
    ['query', 'from silver.orders', '--as-of', gone],
    // A view over it.
    ['query', 'from gold.total', '--as-of', gone],
  ]) {
    const { status, stdout, stderr } = await folder.run(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(/lake\/forgotten\n {2}→ /)
  }
  expect((await folder.run('table', 'gold.total', '--diff', left[0] ?? '')).stderr).toContain('gold.total is a view')
})

test('doctor names a data file that is gone, and how to mend its table', async () => {
  const file = lakeFiles('dev/bronze').find((one) => one.endsWith('.parquet')) ?? ''
  rmSync(file)
  const { status, stdout } = await folder.run('doctor')
  expect(status).toBe(1)
  const lines = stdout.split('\n')
  const at = lines.indexOf(`✗ bronze.orders: its file ${file} is not there`)
  expect(lines[at + 1]).toContain(
    '→ Roll it back: `millrace table bronze.orders` lists the publications that can still be shown',
  )
})

/** What commands need beside their options. */
const words: Readonly<Record<string, readonly string[]>> = {
  backfill: ['gold.days'],
  restate: ['gold.days'],
  table: ['gold.days'],
  lineage: ['gold.days'],
  query: ['select 1'],
  env: ['diff', 'deev'],
  rollback: ['abc'],
}

// From another folder: a command that did not hear --project would find no project, one that did not hear --env would go on.
test.concurrent.for(commands.filter(({ name, options }) => 'project' in options && name !== 'init'))(
  '$name --project works in that project, and with --env in that environment',
  async ({ name, options }) => {
    const args = [name, ...(words[name] ?? []), '--project', folder.path]
    const where = 'env' in options ? ['--env', 'deev'] : []
    const { status, stdout, stderr } = await start(process.execPath, [main, ...args, ...where], '/')
    expect(stderr).not.toContain('project/not-found')
    // Doctor tells what is wrong as what it found.
    const isHeard = 'env' in options || name === 'env'
    expect(`${stdout}${stderr}`.includes('There is no environment deev')).toBe(isHeard)
    expect(status).toBe(isHeard ? (name === 'doctor' ? 1 : 2) : 0)
  },
)
