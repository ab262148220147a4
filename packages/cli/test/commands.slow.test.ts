// Every command as a user meets it: a process of its own, in a small project that is built once.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { isAlive } from '@millrace/runtime'
import { childrenOf } from '@millrace/testkit/processes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from '../src/table.ts'
import { config, Folder, main } from './command.ts'

const folder = new Folder()

const source = `import { defineSource } from 'millrace'
export default defineSource({
  name: 'things',
  connector: 'files',
  config: { path: 'landing/*.csv' },
  tables: {
    'bronze.things': {
      write: 'append',
      columns: {
        id: { type: 'int64' },
        name: { type: 'string' },
        price: { type: 'decimal(20,4)' },
        day: { type: 'date' },
        ratio: { type: 'float64' },
        ok: { type: 'boolean' },
      },
    },
  },
})
`
const first = `id,name,price,day,ratio,ok
1,"a, ""b""",1.5000,2026-01-01,0.1,true
9007199254740993,,12345678901234.5678,2026-01-02,1e300,false
3,"",0.0001,,,
4,東京,-1,2026-01-04,0,true
`
const model = `/* millrace
write: replace
columns:
  id: { checks: [not_null, unique] }
  price: { checks: [{ rule: { min: 0 }, on: warn }] }
tests:
  - name: leaves no row out
    given: { bronze.things: [{ id: 1, name: x }] }
    expect: [{ id: 1, name: x }]
*/
select id, name, price, day, ratio, ok, [id, null] as list, { 'a': name } as pair from bronze.things
`

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'landing/1.csv': first,
    'tables/bronze/things.ts': source,
    'tables/silver/things.sql': model,
    'tables/gold/names.sql': `/* millrace
write: view
*/
select id, upper(name) as name from silver.things where name <> ''
`,
  })
  await folder.prepare('run')
})

afterAll(() => folder.remove())

const query = (...args: readonly string[]) => folder.run('query', ...args)

test('help comes on stdout, in three spellings', async () => {
  const { status, stdout, stderr } = await folder.run('run', '--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('Usage: millrace run [options]')
  expect(await folder.run('help', 'run')).toEqual({ status, stdout, stderr })
  expect(await folder.run('run', '-h')).toEqual({ status, stdout, stderr })
  const spec = JSON.parse((await folder.run('run', '--help', '--json')).stdout) as object
  expect(JSON.parse((await folder.run('help', 'run', '--json')).stdout)).toEqual(spec)
  for (const args of [['--help', '--json'], ['--json', '-h'], ['--json']]) {
    const all = JSON.parse((await folder.run(...args)).stdout) as { commands: object[] }
    expect(all).toMatchObject({ version: expect.any(String) as string, options: { json: { type: 'boolean' } } })
    expect(all.commands.map((one) => (one as { name: string }).name)).toEqual(commands.map(({ name }) => name))
    expect(all.commands).toContainEqual(spec)
  }
  const version = (await folder.run('--version')).stdout.trim()
  expect(JSON.parse((await folder.run('--version', '--json')).stdout)).toEqual({ version })
  const overview = await folder.run()
  expect(overview.status).toBe(0)
  for (const { name } of commands) expect(overview.stdout).toContain(`  ${name} `)
})

test('what is used wrongly ends with 2 and says what is near', async () => {
  const unknown = await folder.run('rum')
  expect(unknown).toMatchObject({ status: 2, stdout: '' })
  expect(unknown.stderr).toContain('Did you mean run?')
  const option = await folder.run('run', '--slect', 'x')
  expect(option).toMatchObject({ status: 2, stdout: '' })
  expect(option.stderr).toContain('Did you mean --select?')
  const json = await folder.run('rum', '--json')
  expect(JSON.parse(json.stdout)).toMatchObject({ issues: [{ code: 'command/unknown', candidates: ['run'] }] })
  expect(json.stderr).toBe('')
  for (const args of [['query'], ['table'], ['lineage'], ['rollback'], ['env', 'create'], ['completion']])
    expect(await folder.run(...args)).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('command/missing-argument') as string,
    })
  for (const [code, ...args] of [
    ['command/unknown-table', 'table', 'silver.thigns'],
    ['sql/unknown-table', 'query', 'from silver.thigns'],
    ['plan/nothing-selected', 'run', '--select', 'silver.thigns'],
    ['command/unknown-environment', 'tables', '--env', 'deev'],
  ] as const) {
    const { status, stderr } = await folder.run(...args)
    expect({ args, status }).toEqual({ args, status: 2 })
    expect(stderr).toContain(code)
    expect(stderr).toMatch(/Did you mean (silver\.things|dev)/)
  }
})

test('a time that is none is answered with what there is', async () => {
  const { status, stderr } = await query('from silver.things', '--as-of', 'yesterday')
  expect(status).toBe(2)
  expect(stderr).toMatch(/--as-of got `yesterday`, but takes a time such as 2026-01-31 .*publication.*run:ID/)
  expect((await folder.run('table', 'silver.things', '--diff', 'yesterday')).stderr).toContain('--diff got `yesterday`')
  expect((await query('from silver.things', '--as-of', 'abc0')).stderr).toContain('lake/no-publication')
})

test('a name that is allowed and that nothing has is said, and stops no run', async () => {
  for (const args of [['plan'], ['run']]) {
    const { status, stderr } = await folder.run(...args, '--allow', 'silver.thigns', '--allow', 'gold.names')
    expect({ args, status }).toEqual({ args, status: 0 })
    expect(stderr).toContain('`--allow silver.thigns` allows nothing: there is no table silver.thigns.')
    expect(stderr).toContain('Did you mean silver.things?')
    expect(stderr).not.toContain('gold.names')
  }
  expect(await folder.json('plan', '--allow', 'x.y')).toMatchObject({
    issues: [],
    notes: [{ code: 'plan/unknown-allowed', candidates: [] }],
  })
  await folder.prepare('env', 'create', 'other')
  const promoted = await folder.run('env', 'promote', 'other', '--allow', 'silver.thigns')
  expect(promoted.status).toBe(2)
  expect(promoted.stderr).toContain('Did you mean silver.things?')
  const dropped = await folder.run('env', 'drop', 'other', '--allow', 'othre')
  expect(dropped.status).toBe(2)
  expect(dropped.stderr).toContain('--allow got `othre`, but takes other, which is to be dropped.')
  await folder.prepare('env', 'drop', 'other', '--allow', 'other')
})

test('query as JSON keeps every digit', async () => {
  const rows = await folder.json('query', 'from silver.things order by id')
  expect(rows).toMatchObject([
    {
      id: 1,
      name: 'a, "b"',
      price: '1.5000',
      day: '2026-01-01',
      ratio: 0.1,
      ok: true,
      list: [1, null],
      pair: { a: 'a, "b"' },
    },
    { id: 3, name: '', price: '0.0001', day: null, ratio: null, ok: null },
    { id: 4, name: '東京', price: '-1.0000', ratio: 0 },
    { id: '9007199254740993', name: null, price: '12345678901234.5678', ratio: 1e300, ok: false },
  ])
  const lines = (await query('from silver.things order by id', '--format', 'jsonl')).stdout.trimEnd().split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(rows)
  expect(await folder.json('query', 'from silver.things where false')).toEqual([])
})

test('query as CSV tells an empty text from a missing value', async () => {
  const { stdout } = await query('select id, name, price, ok from silver.things order by id', '--format', 'csv')
  expect(stdout).toBe(
    'id,name,price,ok\n1,"a, ""b""",1.5000,true\n3,"",0.0001,\n4,東京,-1.0000,true\n9007199254740993,,12345678901234.5678,false\n',
  )
  expect((await query('select id from silver.things where false', '--format', 'csv')).stdout).toBe('id\n')
})

test('query on a screen shows nulls and so many rows as asked for', async () => {
  const all = await query('select id, name, day from silver.things order by id')
  expect(all.stdout.split('\n')[0]).toMatch(/^ +id {2}name +day/)
  expect(all.stdout).toMatch(/9007199254740993 {2}null/)
  expect(all.stderr).toBe('4 rows\n')
  const two = await query('select id from silver.things order by id', '--limit', '2')
  expect(
    two.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.trim()),
  ).toEqual(['id', '1', '3'])
  expect(two.stderr).toContain('2 rows (more rows follow')
  for (const limit of ['two', '-1', '1.5']) {
    const wrong = await query('select 1', '--limit', limit)
    expect({ limit, status: wrong.status }).toEqual({ limit, status: 2 })
    expect(wrong.stderr).toContain('--limit')
  }
})

test('query to a file writes the format that its name says', async () => {
  const sql = 'select id, name, price from silver.things order by id'
  for (const [name, begins] of [
    ['out.csv', 'id,name,price\n'],
    ['out.json', '['],
    ['out.jsonl', '{"id":'],
    ['out.parquet', 'PAR1'],
  ] as const) {
    const done = await query(sql, '--to', name)
    expect(done).toMatchObject({ status: 0, stdout: '' })
    expect(done.stderr).toContain(`4 rows, `)
    expect(readFileSync(join(folder.path, name), 'utf8').startsWith(begins)).toBe(true)
  }
  expect(readFileSync(join(folder.path, 'out.csv'), 'utf8')).toContain('\n3,"",0.0001\n')
  const made = await folder.json<{ columns: object }>('init', '--from', 'out.parquet', '--table', 'bronze.again')
  expect(made.columns).toEqual({ id: 'int64', name: 'string', price: 'decimal(20,4)' })
  await folder.shell('rm tables/bronze/again.ts')
  // As a table, too; the name of a file decides only where no format is said.
  expect(await query(sql, '--format', 'table', '--to', 'out.txt')).toMatchObject({ status: 0, stdout: '' })
  expect(readFileSync(join(folder.path, 'out.txt'), 'utf8').split('\n')[0]).toMatch(/^ +id {2}name +price$/)
  const many = `select i as id, case i when 7 then 'a' || chr(8232) || 'b' when 24999 then 'the widest of all' else 'n' end as word
    from range(25000) r(i)`
  expect(await query(many, '--format', 'table', '--to', 'many.txt')).toMatchObject({ status: 0, stdout: '' })
  const laid = readFileSync(join(folder.path, 'many.txt'), 'utf8')
  expect(laid.split('\n').length).toBe(25_002)
  expect(laid).toMatch(/^ {3}id {2}word\n {4}0 {2}n\n/)
  expect(laid).toContain('\n    7  a\u2028b\n')
  expect(laid.endsWith('\n24999  the widest of all\n')).toBe(true)
  expect((await query(many, '--format', 'table', '--limit', '0')).stdout).toBe(laid)
  const broken = await query(
    `select error('no') as x from range(30000) r(i) where i > 25000`,
    '--to',
    'no.txt',
    '--format',
    'table',
  )
  expect(broken.status).toBe(1)
  expect(readdirSync(folder.path).filter((name) => name.startsWith('no.txt'))).toEqual([])
  expect(await folder.json('query', sql, '--format', 'csv', '--to', 'plain.dat')).toEqual({
    to: join(folder.path, 'plain.dat'),
    format: 'csv',
    rows: 4,
    bytes: statSync(join(folder.path, 'plain.dat')).size,
  })
  expect(await query(sql, '--format', 'parquet')).toMatchObject({ status: 2, stdout: '' })
  for (const [to, code] of [
    ['out.xlsx', 'command/bad-value'],
    ['out.csv', 'files/exists'],
    ['nowhere/out.csv', 'files/no-folder'],
  ] as const) {
    const { status, stderr, stdout } = await query(sql, '--to', to)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toContain(code)
  }
  // What fails on its way leaves no half of a file, and nothing in the way of the next try.
  const halfway = "select case when i = 200000 then error('bad row') else i end as i from range(300000) as t(i)"
  for (const to of ['half.csv', 'half.parquet']) expect((await query(halfway, '--to', to)).status).toBe(1)
  expect((await folder.shell('ls | grep half')).stdout).toBe('')
  expect(await query(sql, '--format', 'xml')).toMatchObject({ status: 2, stdout: '' })
})

test('query answers from views, and says which files it would read', async () => {
  expect(await folder.json('query', 'from gold.names order by id')).toEqual([
    { id: 1, name: 'A, "B"' },
    { id: 4, name: '東京' },
  ])
  const explained = await query('from silver.things', '--explain')
  expect(explained.stdout).toMatch(/^silver\.things: reads 1 of 1 files, /)
  expect(await folder.json('query', 'from silver.things', '--explain')).toMatchObject([
    { table: 'silver.things', view: false, files: 1, of: { files: 1 } },
  ])
})

test('a mistake in a query is shown at its place', async () => {
  const { status, stderr, stdout } = await query('select nmae from silver.things')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toContain('nmae')
  expect(stderr).toContain('name')
})

test('a reader that stops early ends the query quietly', async () => {
  const { stdout, stderr } = await folder.shell(
    'millrace query "select i, repeat(\'x\', 100) as t from range(300000) as r(i)" --format csv | head -n 2; echo "${PIPESTATUS[0]}"',
  )
  expect(stdout.split('\n').slice(0, 2)).toEqual(['i,t', `0,${'x'.repeat(100)}`])
  expect(stdout.trimEnd().split('\n').at(-1)).toBe('0')
  expect(stderr).toBe('')
})

test('Ctrl-C ends a query with 130, and the process that computes it, which alone holds DuckDB', async () => {
  const endless = 'select count(*) from range(200000000000) as a(i) where i % 7 = 3'
  const child = spawn(process.execPath, [main, 'query', endless], { cwd: folder.path, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const told = existsSync('/proc/self/maps')
  const holds = (pid: number): boolean => readFileSync(`/proc/${pid}/maps`, 'utf8').includes('duckdb')
  const workers = (): readonly number[] => childrenOf(child.pid, 'engine-worker')
  while (!workers().some((pid) => !told || holds(pid))) await delay(20)
  expect(told && holds(child.pid ?? 0)).toBe(false)
  const left = workers()
  child.kill('SIGINT')
  // What a shell calls 130.
  expect(await ended).toEqual([null, 'SIGINT'])
  while (left.some((pid) => isAlive(pid))) await delay(20)
})

test('each command says the same as JSON and on the screen', async () => {
  const tables = await folder.json<{ table: string; rows: number | null }[]>('tables')
  expect(tables.map((one) => [one.table, one.rows])).toEqual([
    ['bronze.things', 4],
    ['gold.names', null],
    ['silver.things', 4],
  ])
  const screen = (await folder.run('tables')).stdout
  for (const { table } of tables) expect(screen).toContain(table)
  const table = await folder.json<{ rows: number; columns: object; versions: object[] }>('table', 'silver.things')
  expect(table).toMatchObject({ rows: 4, columns: { id: 'int64', price: 'decimal(20,4)', day: 'date' } })
  expect(table.versions).toHaveLength(1)
  expect((await folder.run('table', 'silver.things', '--files')).stdout).toMatch(
    /4 rows in 1 file[^]*decimal\(20,4\)[^]*\.parquet/,
  )
  expect(await folder.json('test')).toMatchObject([{ table: 'silver.things', test: 'leaves no row out', passed: true }])
  const checks = await folder.json<{ check: string; failed: number }[]>('check')
  expect(checks.map((one) => [one.check, one.failed])).toEqual([
    ['id is not null', 0],
    ['id is unique', 0],
    ['price >= 0', 1],
  ])
  const shown = await folder.run('check')
  expect(shown).toMatchObject({ status: 0, stderr: '2 checks passed, 1 failed\n' })
  expect(shown.stdout).toContain('! silver.things  price >= 0  1 of 4 rows (warn)')
  const lineage = await folder.json<{ up: { from: string }[] }>('lineage', 'gold.names.name')
  expect(lineage.up.map((one) => one.from)).toContain('bronze.things.name')
  expect((await folder.run('lineage', 'gold.names.name')).stdout).toContain('bronze.things.name')
  expect(await folder.json('env', 'list')).toEqual([{ name: 'dev', base: null, own: 3 }])
  expect((await folder.run('doctor')).status).toBe(0)
  const doctor = await folder.json<{ what: string; state: string }[]>('doctor')
  expect(doctor.filter((one) => one.state !== 'ok')).toEqual([])
  expect(await folder.json('plan')).toMatchObject({ environment: 'dev', steps: [], issues: [] })
  expect((await folder.run('plan')).stdout).toContain('Nothing to do: ')
  expect(await folder.json('clean', '--dry-run')).toMatchObject({ dryRun: true, files: 0 })
  expect(await folder.json('types')).toEqual({ changed: ['millrace.gen.d.ts', 'millrace.schema.json'] })
  expect(await folder.json('types', '--check')).toEqual({ changed: [] })
})

test('env create and drop answer as JSON too', async () => {
  expect(await folder.json('env', 'create', 'fix')).toEqual({ name: 'fix', base: 'dev' })
  expect(await folder.json('env', 'list')).toMatchObject([{ name: 'dev' }, { name: 'fix', base: 'dev', own: 0 }])
  expect(await folder.json('env', 'diff', 'fix')).toEqual([])
  expect(await folder.json('env', 'drop', 'fix')).toEqual({ dropped: 'fix' })
})

test('NO_COLOR and FORCE_COLOR are heard, and a pipe gets no colours', async () => {
  const coloured = (text: string): boolean => text.includes('\u001B[')
  expect(coloured((await folder.run('tables')).stdout)).toBe(false)
  expect(coloured((await folder.runWith({ FORCE_COLOR: '1' }, 'tables')).stdout)).toBe(true)
  expect(coloured((await folder.runWith({ NO_COLOR: '1' }, 'tables')).stdout)).toBe(false)
  expect(coloured((await folder.runWith({ FORCE_COLOR: '1' }, 'query', 'select 1', '--format', 'csv')).stdout)).toBe(
    false,
  )
})

test('a run without a terminal prints a line a task; as JSON, one event a line up to run.ended', async () => {
  folder.write({ 'landing/2.csv': 'id,name,price,day,ratio,ok\n5,e,2,2026-01-05,1,true\n' })
  const { stdout, stderr, status } = await folder.run('run', '--json')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const events = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; run: string; status?: string })
  expect(events[0]).toMatchObject({ type: 'run.started' })
  expect(events.at(-1)).toMatchObject({ type: 'run.ended', status: 'ok', issues: [] })
  expect(new Set(events.map((one) => one.run)).size).toBe(1)
  expect(events.filter((one) => one.type === 'publish.done')).toHaveLength(1)
  folder.write({ 'landing/3.csv': 'id,name,price,day,ratio,ok\n6,f,2,2026-01-05,1,true\n' })
  const plain = await folder.run('run')
  expect(plain.stdout).toBe('')
  expect(plain.stderr).toMatch(/^✓ things {2}1 row, /m)
  expect(plain.stderr).toMatch(
    /^! silver\.things: 1 of 6 rows breaks "price >= 0" \(warn\)\n {4}\{"id":4,"name":"東京",/m,
  )
  expect(plain.stderr).toMatch(/^✓ ok: 2 of 2 steps done in /m)
  expect(plain.stderr).not.toContain('\u001B')
})

test('the past is asked with --as-of, compared with --diff, and brought back with rollback', async () => {
  const { publications } = await folder.json<{ publications: { id: string; at: string }[] }>('table', 'silver.things')
  expect(publications).toHaveLength(3)
  const oldest = publications.toSorted((a, b) => (a.at < b.at ? -1 : 1))[0] as { id: string; at: string }
  const ask = async (...more: readonly string[]) =>
    await folder.json('query', 'select count(*) as n from silver.things', ...more)
  expect(await ask()).toEqual([{ n: 6 }])
  expect(await ask('--as-of', oldest.id)).toEqual([{ n: 4 }])
  expect(await ask('--as-of', oldest.id.slice(0, 8))).toEqual([{ n: 4 }])
  expect(await ask('--as-of', oldest.at)).toEqual([{ n: 4 }])
  expect((await query('from silver.things', '--as-of', '1999-01-01')).status).toBe(2)
  expect((await query('from silver.things', '--as-of', 'yesterday-ish')).status).toBe(2)
  const diff = await folder.json<Record<string, unknown>[]>('table', 'silver.things', '--diff', oldest.id)
  expect(new Set(diff.map((row) => row['id']))).toEqual(new Set([5, 6]))
  const back = await folder.run('rollback', oldest.id.slice(0, 8), '--table', 'silver.things')
  expect(back.stderr).toContain('1 table rolled back')
  expect(back.stderr).toContain('To undo this: millrace rollback')
  expect(await ask()).toEqual([{ n: 4 }])
})

test('Ctrl-C ends a run with 130 and publishes nothing', async () => {
  folder.write({
    'tables/silver/slow.sql': `/* millrace
write: replace
*/
select count(*) as n from range(200000000000) as a(i), bronze.things where i % 7 = 3
`,
  })
  // The signal comes when the query is under way, whenever that is.
  const { stdout } = await folder.shell(`
    "${process.execPath}" "${main}" run --select silver.slow --json > events & id=$!
    until grep -q task.started events; do sleep 0.1; done
    sleep 0.5; kill -INT $id; wait $id; echo $?; tail -n 1 events`)
  const [status, ended] = stdout.split('\n')
  expect(status).toBe('130')
  expect(JSON.parse(ended ?? '')).toMatchObject({
    type: 'run.ended',
    status: 'cancelled',
    issues: [{ code: 'run/cancelled' }],
  })
  await folder.shell('rm tables/silver/slow.sql')
  expect((await folder.json<{ table: string }[]>('tables')).map((one) => one.table)).not.toContain('silver.slow')
})

test('a table whose definition is gone is kept, and dropped only by name', async () => {
  folder.write({ 'tables/gold/brief.sql': 'select 1 as one' })
  await folder.prepare('run')
  await folder.shell('rm tables/gold/brief.sql')
  const planned = await folder.json<{ issues: object[] }>('plan')
  expect(planned).toMatchObject({ steps: [], issues: [{ code: 'plan/would-drop' }] })
  const ran = await folder.run('run')
  expect(ran.status).toBe(0)
  expect(ran.stderr).toContain('millrace run --allow gold.brief')
  expect(await folder.json('query', 'from gold.brief')).toEqual([{ one: 1 }])
  const allowed = await folder.json('plan', '--allow', 'gold.brief')
  expect(allowed).toMatchObject({ steps: [{ action: 'drop', tables: ['gold.brief'] }], issues: [] })
  await folder.prepare('run', '--allow', 'gold.brief')
  expect((await folder.run('query', 'from gold.brief')).status).toBe(2)
  expect(await folder.json('plan')).toMatchObject({ steps: [], issues: [] })
})

test('clean removes what nothing needs, and no more', async () => {
  const before = await folder.json('query', 'from silver.things order by id')
  const done = await folder.json<{ files: number; dryRun: boolean }>('clean', '--keep', '0s')
  expect(done.dryRun).toBe(false)
  expect(await folder.json('query', 'from silver.things order by id')).toEqual(before)
  expect((await folder.run('clean', '--keep', 'soon')).status).toBe(2)
})

test('init writes a project and a source, and overwrites nothing', async () => {
  const made = await folder.json<{ dir: string; files: string[] }>('init', 'new')
  expect(made.files.toSorted()).toEqual(['.gitignore', 'millrace.config.ts', 'tables'])
  expect((await folder.run('init', 'new')).status).toBe(2)
  folder.write({ 'new/in/my data.csv': 'a;b\n1;2026-01-31\n' })
  const inside = (...args: readonly string[]) => folder.run(...args, '--project', join(folder.path, 'new'))
  expect(await inside('init', '--from', 'new/in/my data.csv')).toMatchObject({ status: 0 })
  const written = join(folder.path, 'new/tables/bronze/my_data.ts')
  expect(existsSync(written)).toBe(true)
  expect(readFileSync(written, 'utf8')).toContain("delimiter: ';'")
  const { mtimeMs } = statSync(written)
  expect((await inside('init', '--from', 'new/in/my data.csv')).status).toBe(2)
  expect(statSync(written).mtimeMs).toBe(mtimeMs)
  expect((await inside('run')).stderr).toContain('ok: 1 of 1 steps done')
})

test('init --from begins a project where there is none, and says so', async () => {
  folder.write({ 'bare/in/things.csv': 'a,b\n1,x\n' })
  const inside = (line: string) => folder.shell(`cd bare && ${line}`)
  // Nothing is begun for a file that is not there, nor for a name that no table can have.
  const missing = await inside('millrace init --from in/thing.csv')
  expect(missing).toMatchObject({ status: 2, stderr: expect.stringContaining('files/not-found') as string })
  expect((await inside('millrace init --from in/things.csv --table ../x')).status).toBe(2)
  expect(existsSync(join(folder.path, 'bare/millrace.config.ts'))).toBe(false)

  const made = await inside('millrace init . --from in/things.csv')
  expect(made.stderr).toContain(`Made a project in ${join(folder.path, 'bare')}.\n`)
  expect(made.stderr).toContain('Wrote tables/bronze/things.ts with 2 columns; look them over, then:\n  millrace run\n')
  expect((await inside('millrace run && millrace query "from bronze.things" --json')).stdout).toBe(
    '[{"a":1,"b":"x"}]\n',
  )
  // Further down the same project is meant; a folder that is named is one of its own.
  expect(await folder.shell('cd bare/in && millrace init --from things.csv --table bronze.again')).toMatchObject({
    status: 0,
    stderr: 'Wrote ../tables/bronze/again.ts with 2 columns; look them over, then:\n  millrace run\n',
  })
  const named = await inside('millrace init "my lake" --from in/things.csv --json')
  const root = join(folder.path, 'bare/my lake')
  expect(JSON.parse(named.stdout)).toEqual({
    dir: root,
    files: ['.gitignore', 'millrace.config.ts', 'tables'],
    file: join(root, 'tables/bronze/things.ts'),
    table: 'bronze.things',
    columns: { a: 'int64', b: 'string' },
    notes: {},
  })
  expect(readFileSync(join(root, 'tables/bronze/things.ts'), 'utf8')).toContain("path: '../in/things.csv'")
  const again = await inside('millrace init "my lake" --template shop --from in/things.csv')
  expect(again).toMatchObject({ status: 2, stderr: expect.stringContaining('command/not-empty') as string })
})
