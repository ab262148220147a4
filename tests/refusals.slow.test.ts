// What a project may not ask for: each refusal by the real command, with its code and what to do.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { millrace, rows } from './support/command.ts'

let root = ''

beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'millrace-refusals-')))
  config('dev: {}')
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

function config(environments: string): void {
  write('millrace.config.ts', `export default { defines: 'project', name: 'r', environments: { ${environments} } }\n`)
}

const days = `import { defineSource } from 'millrace'
export default defineSource({ name: 'day_files', connector: 'files', config: { path: 'landing/*.csv' },
  tables: { 'bronze.days': { write: 'append', columns: { id: { type: 'int64' }, day: { type: 'date' } } } } })\n`

function source(): void {
  write('landing/a.csv', 'id,day\n1,2026-01-01\n')
  write('tables/bronze/days.ts', days)
}

test('an engine that this version does not have is refused, not ignored', () => {
  config("dev: { engine: 'spark' }")
  const { exit, err } = millrace(root, ['plan'])
  expect(exit).toBe(2)
  expect(err).toContain('env/unsupported')
  expect(err).toContain('Leave `engine` out of the environment')
})

test('an append that joins its input with itself is refused, and what is advised finds every pair', () => {
  config('dev: {}')
  source()
  const sql = 'select a.id as a, b.id as b from bronze.days a join bronze.days b on a.day = b.day and a.id < b.id'
  for (const reads of ['', 'reads: { bronze.days: changes }\n']) {
    write('tables/silver/pairs.sql', `/* millrace\nwrite: append\n${reads}*/\n${sql}\n`)
    const { exit, err } = millrace(root, ['plan'])
    expect([exit, err]).toEqual([
      2,
      expect.stringContaining('joins bronze.days with itself. model/append-joins-itself'),
    ])
    expect(err).toContain('Use `write: replace` or `write: { merge: <key> }`')
  }
  for (const [name, advised] of [
    ['replaced', 'replace'],
    ['merged', '{ merge: [a, b] }'],
  ])
    write(`tables/silver/${name}.sql`, `/* millrace\nwrite: ${advised}\n*/\n${sql}\n`)
  rmSync(join(root, 'tables/silver/pairs.sql'))
  millrace(root, ['run'])
  write('landing/b.csv', 'id,day\n2,2026-01-01\n')
  millrace(root, ['run'])
  for (const name of ['replaced', 'merged']) expect(rows(root, `from silver.${name}`)).toEqual([{ a: 1, b: 2 }])
})

test('an append that looks up whole what a left join keeps is refused, and what is advised appends each row once', () => {
  config('dev: {}')
  source()
  write(
    'tables/bronze/more.ts',
    days.replace('bronze.days', 'bronze.more').replace('landing', 'more').replace('day_files', 'more_files'),
  )
  write('more/a.csv', 'id,day\n1,2026-01-01\n')
  const joined = (reads: string): void =>
    write(
      'tables/silver/both.sql',
      `/* millrace\nwrite: append\nreads: { ${reads}: all }\n*/\nselect a.id, b.day from bronze.days a left join bronze.more b using (id)\n`,
    )
  joined('bronze.days')
  const { exit, err } = millrace(root, ['plan'])
  expect([exit, err]).toEqual([2, expect.stringContaining('model/append-all-again')])
  expect(err).toContain('tables/silver/both.sql:3')
  expect(err).toContain('Take `bronze.days: all` out of `reads`')
  joined('bronze.more')
  for (const id of [2, 3]) {
    expect(millrace(root, ['run']).err).toContain('✓ ok')
    write(`more/${id}.csv`, `id,day\n${id},2026-01-01\n`)
  }
  expect(rows(root, 'select count(*)::int as n from silver.both')).toEqual([{ n: 1 }])
})

test('what to type next is said for the environment that was asked', () => {
  config("prod: {}, dev: { base: 'prod' }")
  source()
  millrace(root, ['run', '--env', 'prod'])
  const { err } = millrace(root, ['query', 'from bronze.days', '--env', 'prod', '--as-of', 'abcdef'])
  expect(err).toContain('lake/no-publication')
  expect(err).toContain('`millrace table --env prod ')
})

test('a protected environment stays', () => {
  config("dev: { base: 'prod' }, prod: { protected: true }")
  millrace(root, ['plan'])
  const { exit, err } = millrace(root, ['env', 'drop', 'prod'])
  expect(exit).toBe(2)
  expect(err).toContain('env/protected')
})

test.each(['dev: {}', "prod: {}, dev: { base: 'prod' }"])(
  'what stands in %s and nowhere below is dropped only by name',
  (environments) => {
    config(environments)
    write('tables/gold/one.sql', `/* millrace\nwrite: replace\n*/\nselect 1 as id\n`)
    expect(millrace(root, ['run']).err).toContain('✓ ok')
    const { exit, err } = millrace(root, ['env', 'drop', 'dev'])
    expect(exit).toBe(1)
    expect(err).toContain('Dropping dev loses 1 table that the environment below it does not have. env/would-lose')
    expect(err).toContain('millrace env drop dev --allow dev')
    expect(millrace(root, ['query', 'from gold.one', '--json']).out).toContain('"id":1')
    expect(millrace(root, ['env', 'drop', 'dev', '--allow', 'dev']).exit).toBe(0)
    expect(millrace(root, ['env', 'list', '--json']).out).not.toContain('"dev"')
  },
)

test('an environment does not change its base in silence: it is dropped and made anew, or the project says so again', () => {
  const first = "dev: {}, st: {}, br: { base: 'dev' }, leaf: { base: 'br' }"
  config(first)
  expect(millrace(root, ['run', '--env', 'leaf']).exit).toBe(0)
  for (const [to, said] of [
    ["{ base: 'st' }", 'st'],
    ['{}', 'none'],
  ] as const) {
    config(first.replace("{ base: 'dev' }", to))
    for (const env of ['br', 'leaf']) {
      const { exit, err } = millrace(root, ['plan', '--env', env])
      expect([exit, err]).toEqual([
        2,
        expect.stringContaining(`br stands on dev, but the project says ${said}. env/base-changed`),
      ])
      expect(err).toContain('millrace env drop br')
    }
    expect(millrace(root, ['plan', '--env', 'dev']).exit).toBe(0)
  }
  config(first)
  expect(millrace(root, ['plan', '--env', 'br']).exit).toBe(0)
  config(first.replace("br: { base: 'dev' }", "br: { base: 'st' }"))
  expect(millrace(root, ['env', 'list']).exit).toBe(0)
  for (const env of ['leaf', 'br']) expect(millrace(root, ['env', 'drop', env]).exit).toBe(0)
  expect(millrace(root, ['plan', '--env', 'leaf']).exit).toBe(0)
  expect(JSON.parse(millrace(root, ['env', 'list', '--json']).out)).toContainEqual({ name: 'br', base: 'st', own: 0 })
})

test('a configuration with mistakes makes no environment, and what was never used follows the project', () => {
  const environments = (): unknown => JSON.parse(millrace(root, ['env', 'list', '--json']).out)
  write('tables/gold/one.sql', `/* millrace\nwrite: replace\n*/\nselect 1 as id\n`)
  write('millrace.config.ts', `import { defineProject } from 'millrace'\nexport default defineProject({ name: 'x' })\n`)
  expect(millrace(root, ['run']).err).toContain('project/missing-key')
  config("prod: {}, dev: { base: 'prdo' }")
  expect(millrace(root, ['run']).err).toContain('project/base-unknown')
  expect(environments()).toEqual([])
  for (const [said, base] of [
    ['prod: {}, dev: {}', null],
    ["prod: {}, dev: { base: 'prod' }", 'prod'],
  ] as const) {
    config(said)
    expect(millrace(root, ['plan']).exit).toBe(0)
    expect(environments()).toContainEqual({ name: 'dev', base, own: 0 })
  }
})

test('an environment that is not there is answered with those that are', () => {
  config('prod: {}')
  const { exit, err } = millrace(root, ['plan'])
  expect([exit, err]).toEqual([2, expect.stringContaining('Choose one that exists with --env: prod.')])
})

test('a lake may lie in any folder, and clean-up leaves what else is in there', () => {
  write('tables/gold/one.sql', `/* millrace\nwrite: replace\n*/\nselect 1 as id\n`)
  write('kept/in/orders-1f2e3d4c/a.csv', 'id\n1\n')
  config(`dev: { lake: '${join(root, 'kept')}' }`)
  expect(millrace(root, ['run']).exit).toBe(0)
  expect(readdirSync(join(root, 'kept')).toSorted()).toEqual(['.millrace-lake', 'dev', 'in'])
  expect(millrace(root, ['clean', '--keep', '0d']).err).toContain('removed: 0 files')
  expect(existsSync(join(root, 'kept/in/orders-1f2e3d4c/a.csv'))).toBe(true)
})

test('the lake of another project is not taken for an own one', () => {
  write('tables/gold/one.sql', `/* millrace\nwrite: replace\n*/\nselect 1 as id\n`)
  const lake = join(root, '..', `${basename(root)}-lake`)
  const other = mkdtempSync(join(tmpdir(), 'millrace-other-'))
  try {
    config('dev: {}')
    cpSync(root, other, { recursive: true })
    expect(millrace(other, ['run']).exit).toBe(0)
    config(`dev: { lake: '${lake}' }`)
    expect(millrace(root, ['run']).exit).toBe(0)
    cpSync(join(root, 'millrace.config.ts'), join(other, 'millrace.config.ts'))
    const { exit, err } = millrace(other, ['clean', '--keep', '0d'])
    expect([exit, err]).toEqual([2, expect.stringContaining(`another project, ${root}. project/others-lake`)])
    expect(rows(root, 'from gold.one')).toEqual([{ id: 1 }])
  } finally {
    rmSync(lake, { recursive: true, force: true })
    rmSync(other, { recursive: true, force: true })
  }
})

test('a copied or moved project is not taken for the one that it was', () => {
  write('tables/gold/one.sql', `/* millrace\nwrite: replace\n*/\nselect 1 as id\n`)
  expect(millrace(root, ['run']).exit).toBe(0)
  const other = `${root}-other`
  try {
    cpSync(root, other, { recursive: true })
    const copied = millrace(other, ['run'])
    expect(copied.exit).toBe(2)
    expect(copied.err).toContain(`tables were made in ${root}, and it stands in ${other} now. project/moved`)
    expect(copied.err).toContain('remove its folder `.millrace` and run it')
    rmSync(other, { recursive: true })
    renameSync(root, other)
    const moved = millrace(other, ['query', 'from gold.one'])
    expect([moved.exit, moved.err]).toEqual([2, expect.stringContaining(`ln -s "${other}" "${root}"`)])
    symlinkSync(other, root)
    expect(rows(other, 'from gold.one')).toEqual([{ id: 1 }])
    // The lake is reached by another way than its tables name their files by.
    expect(millrace(other, ['clean', '--keep', '0d']).err).toContain('removed: 0 files')
    expect(rows(other, 'from gold.one')).toEqual([{ id: 1 }])
  } finally {
    rmSync(root, { force: true })
    rmSync(other, { recursive: true, force: true })
  }
})

test('what is asked of a table that cannot do it is said, and nothing is run', () => {
  source()
  write('tables/silver/days.sql', `/* millrace\nwrite: replace\n*/\nselect id from bronze.days\n`)
  write('tables/silver/all.sql', 'select id from bronze.days\n')
  const refused = (...args: readonly string[]): readonly unknown[] => {
    const { exit, err } = millrace(root, args)
    return [exit, /(command|plan)\/[\w-]+/.exec(err)?.[0]]
  }
  expect(refused('backfill', 'silver.days')).toEqual([2, 'plan/not-by-interval'])
  expect(refused('backfill', 'silver.*')).toEqual([2, 'plan/nothing-selected'])
  expect(refused('backfill', 'bronze.days')).toEqual([2, 'plan/not-computed'])
  expect(refused('run', '--select', '')).toEqual([2, 'plan/nothing-selected'])
  expect(refused('restate', 'bronze.days')).toEqual([2, 'plan/not-computed'])
  expect(refused('restate', 'silver.all')).toEqual([2, 'plan/not-computed'])
  expect(refused('run', '--from', '2026-02-01', '--to', '2026-01-01')).toEqual([2, 'command/bad-value'])
  // As JSON too the last word is an event.
  const { exit, out } = millrace(root, ['run', '--select', 'nope', '--json'])
  expect([exit, JSON.parse(out)]).toMatchObject([
    2,
    { type: 'run.ended', status: 'failed', issues: [{ code: 'plan/nothing-selected' }] },
  ])
  expect(refused('lineage', 'silver.days.nope')).toEqual([2, 'command/unknown-column'])
  expect(millrace(root, ['tables', '--json']).out).not.toContain('silver.days')
})

test('a source whose column cannot become what it is to be says so with the plan', () => {
  source()
  expect(millrace(root, ['run']).exit).toBe(0)
  write('tables/bronze/days.ts', days.replace("type: 'date'", "type: 'int64'"))
  const { exit, err } = millrace(root, ['plan'])
  expect(exit).toBe(1)
  expect(err).toContain(
    'day is date in the table and int64 in its definition; existing rows cannot change so. lake/type-changed',
  )
  expect(err).toContain('a source is left out unless it is named')
})

test('an interval model whose time column is only computed with is refused at its place', () => {
  source()
  write(
    'tables/silver/months.sql',
    `/* millrace\nwrite: { interval: day }\n*/\nselect day, count(*) as n from bronze.days where day + 1 >= $from::date and day + 1 < $to::date group by day\n`,
  )
  const { exit, err } = millrace(root, ['plan'])
  expect(exit).toBe(2)
  expect(err).toContain('model/window-unknown')
  expect(err).toContain('tables/silver/months.sql:4:')
})

test('a function cannot work interval by interval', () => {
  write(
    'tables/silver/code.ts',
    `import { defineModel } from 'millrace'
export default defineModel({ reads: [], write: { interval: 'day' }, columns: { day: { type: 'date' } }, *run() {} })\n`,
  )
  const { exit, err } = millrace(root, ['plan'])
  expect(exit).toBe(2)
  expect(err).toContain('model/code-interval')
})

test('a source whose landed files are gone is not landed anew, and keeps its rows', () => {
  source()
  expect(millrace(root, ['run']).exit).toBe(0)
  rmSync(join(root, 'landing/a.csv'))
  write('landing/b.csv', 'id,day\n2,2026-01-02\n')
  const { exit, err } = millrace(root, ['run', '--select', 'bronze.days', '--full-refresh'])
  expect(exit).toBe(1)
  expect(err).toContain('run/landed-gone')
  expect(err).toContain('landing/a.csv')
  expect(rows(root, 'select id from bronze.days')).toEqual([{ id: 1 }])
})

test("a name that another program's table has: the plan says so, and no run begins", () => {
  source()
  write('tables/silver/days.sql', 'select id from bronze.days')
  expect(millrace(root, ['run', '--select', 'bronze.days']).exit).toBe(0)
  const catalog = new DatabaseSync(join(root, '.millrace/catalog.db'))
  const copied = catalog
    .prepare(
      `insert into iceberg_tables (catalog_name, table_namespace, table_name, metadata_location, iceberg_type)
       select catalog_name, 'silver', 'days', metadata_location, 'TABLE' from iceberg_tables where table_name = 'days'`,
    )
    .run()
  catalog.close()
  expect(copied.changes).toBe(1)
  write('landing/b.csv', 'id,day\n2,2026-01-02\n')

  const planned = millrace(root, ['plan', '--json'])
  expect(planned.exit).toBe(1)
  const { issues } = JSON.parse(planned.out) as { issues: readonly object[] }
  expect(issues).toMatchObject([
    {
      code: 'lake/foreign-table',
      message: 'silver.days is there already in dev: another program has made it.',
      fix: expect.stringContaining('another name') as string,
    },
  ])
  const run = millrace(root, ['run'])
  expect(run).toMatchObject({ exit: 1, out: '' })
  expect(run.err).toContain('lake/foreign-table')
  expect(run.err).not.toContain('day_files')
  // Nothing was landed, the other's rows are there, and what has another name can be run.
  expect(rows(root, 'select id from bronze.days')).toEqual([{ id: 1 }])
  expect(rows(root, 'select id from silver.days')).toEqual([{ id: 1 }])
  expect(millrace(root, ['run', '--select', 'bronze.days']).exit).toBe(0)
  expect(rows(root, 'select count(*) as n from bronze.days')).toEqual([{ n: 2 }])
})

test('what is wrong with a source is told with the plan, while others go on', () => {
  source()
  write(
    'tables/bronze/odd.ts',
    `import { defineSource } from 'millrace'
export default defineSource({ name: 'odd_files', connector: 'files', config: { path: 'landing/*.csv', delimeter: ';' },
  tables: { 'bronze.odd': { write: 'append', columns: { id: { type: 'int64' } } } } })\n`,
  )
  const planned = millrace(root, ['plan', '--json'])
  expect(planned.exit).toBe(2)
  const { issues, steps } = JSON.parse(planned.out) as { issues: readonly object[]; steps: readonly object[] }
  expect(steps).toHaveLength(2)
  expect(issues).toMatchObject([
    {
      code: 'files/bad-option',
      message: expect.stringContaining('odd_files: delimeter: ";"') as string,
      candidates: ['delimiter'],
    },
  ])
  const run = millrace(root, ['run'])
  expect(run.exit).toBe(1)
  expect(run.err).toContain('files/bad-option')
  expect(rows(root, 'select id from bronze.days')).toEqual([{ id: 1 }])
})

test('a connector that does not exist is told with the plan', () => {
  write(
    'tables/bronze/days.ts',
    `import { defineSource } from 'millrace'
export default defineSource({ name: 'days', connector: 'fils', config: {},
  tables: { 'bronze.days': { write: 'append', columns: { id: { type: 'int64' } } } } })\n`,
  )
  const { exit, out } = millrace(root, ['plan', '--json'])
  expect(exit).toBe(2)
  expect((JSON.parse(out) as { issues: readonly object[] }).issues).toMatchObject([
    {
      code: 'run/no-connector',
      message: 'days uses the connector `fils`, which does not exist.',
      fix: 'Use `files` or `seed`, or write a TypeScript source.',
    },
  ])
})

test('asking before anything was planned or run says what to do first', () => {
  source()
  const asked = millrace(root, ['query', 'select 1 as one'])
  expect(asked.exit).toBe(2)
  expect(asked.err).toContain('command/nothing-yet')
  expect(asked.err).toContain('`millrace run` makes them and fills their tables')
  expect(millrace(root, ['plan']).exit).toBe(0)
  expect(rows(root, 'select 1 as one')).toEqual([{ one: 1 }])
})
