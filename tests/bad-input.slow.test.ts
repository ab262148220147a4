// What is wrong from outside: files, names, disks and other programs. Each case meets the real command in a process of its
// own and asserts the code, what to do, the exit code, and that the tables published before still say the same.
import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { gzipSync } from 'node:zlib'
import { childrenOf } from '@millrace/testkit/processes'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { config, type Ended, Folder, main } from '../packages/cli/test/command.ts'

const folder = new Folder()

const source = `import { defineSource } from 'millrace'
export default defineSource({
  name: 'order_files',
  connector: 'files',
  config: { path: ['landing/*.csv', 'landing/*.csv.gz'], newColumns: 'refuse' },
  tables: {
    'bronze.orders': {
      write: 'append',
      columns: { id: { type: 'int64' }, note: { type: 'string' }, amount: { type: 'decimal(12,2)' } },
    },
  },
})
`
const model = `/* millrace
write: { merge: id }
columns:
  id: { checks: [not_null, unique] }
*/
select id, note, amount from bronze.orders
`

const total = 'select count(*) as orders, sum(amount) as amount from silver.orders'
const before = [{ orders: 2, amount: '30.00' }]

interface Problem {
  readonly code: string
  readonly message: string
  readonly fix: string
  readonly at: { readonly file: string; readonly line: number } | null
}

/** The issues that a command reports as JSON: of a run those of its events. */
function problemsOf({ stdout }: Ended): readonly Problem[] {
  const lines = stdout.trimEnd().split('\n')
  const texts = lines.length > 1 && lines[0]?.startsWith('{"') === true ? lines : [stdout]
  return texts.flatMap((text) => {
    const { issues = [], type } = JSON.parse(text) as { issues?: readonly Problem[]; type?: string }
    return type === undefined || type === 'run.ended' ? issues : []
  })
}

/** Runs the project and answers how it ended and what it said was wrong. */
async function run(...more: readonly string[]): Promise<{ status: number | null; problems: readonly Problem[] }> {
  const ended = await folder.run('run', '--json', ...more)
  return { status: ended.status, problems: problemsOf(ended) }
}

const remove = (...names: readonly string[]): void => {
  for (const name of names) rmSync(join(folder.path, name), { recursive: true, force: true })
}

const orders = async (): Promise<unknown> => await folder.json('query', total)

beforeAll(async () => {
  folder.write({
    'millrace.config.ts': config,
    'landing/1.csv': 'id,note,amount\n1,a,10\n2,b,20\n',
    'tables/bronze/orders.ts': source,
    'tables/silver/orders.sql': model,
  })
  await folder.prepare('run')
})

test('the project is whole to begin with', async () => {
  expect(await orders()).toEqual(before)
})

afterAll(() => folder.remove())

test('a folder without a project', async () => {
  const empty = new Folder()
  for (const command of ['run', 'plan', 'tables', 'test', 'doctor']) {
    const { status, stderr, stdout } = await empty.run(command)
    expect({ command, status, stdout }).toEqual({ command, status: 2, stdout: '' })
    expect(stderr).toContain(`${empty.path} is in no project`)
    expect(stderr).toContain('project/not-found')
    expect(stderr).toContain('millrace init')
  }
  empty.remove()
})

describe('definitions', () => {
  /** Writes files, runs, and takes them away again. */
  async function given(files: Readonly<Record<string, string>>): Promise<readonly Problem[]> {
    folder.write(files)
    const { status, problems } = await run()
    expect({ status, problems: problems.length > 0 }).toEqual({ status: 2, problems: true })
    for (const { message, fix } of problems) {
      expect(`${message}${fix}`).not.toMatch(/undefined|\[object/)
      expect(fix.split(' ').length).toBeGreaterThan(3)
    }
    for (const name of Object.keys(files)) if (name !== 'tables/silver/orders.sql') remove(name)
    folder.write({ 'tables/silver/orders.sql': model })
    expect(await orders()).toEqual(before)
    return problems
  }

  test('a cycle of tables', async () => {
    const [problem] = await given({
      'tables/gold/a.sql': 'select * from gold.b',
      'tables/gold/b.sql': 'select * from gold.a',
    })
    expect(problem?.message).toMatch(/gold\.[ab].*gold\.[ab]/)
    expect(problem).toMatchObject({
      code: 'sql/cycle',
      at: { file: expect.stringMatching(/tables\/gold\/[ab]\.sql$/) as string, line: 1 },
      fix: expect.stringContaining('Break the circle') as string,
    })
  })

  test('two files for one table', async () => {
    const problems = await given({
      'tables/gold/again.ts': `import { defineModel } from 'millrace'
export default defineModel({ name: 'silver.orders', reads: [], write: 'replace', columns: { id: { type: 'int64' } }, run: () => [] })
`,
    })
    expect(problems).toMatchObject([{ code: 'project/table-twice' }])
    const said = `${problems[0]?.message} ${problems[0]?.fix} ${problems[0]?.at?.file}`
    for (const part of ['silver.orders', 'again.ts', 'orders.sql', 'Rename or remove']) expect(said).toContain(part)
  })

  test('an unknown column, with the nearest one', async () => {
    const [problem] = await given({ 'tables/gold/wrong.sql': 'select id,\n  amuont\nfrom silver.orders' })
    expect(problem).toMatchObject({
      code: 'sql/unknown-column',
      at: { file: expect.stringContaining('tables/gold/wrong.sql') as string, line: 2, column: 3 },
      candidates: ['amount'],
      fix: expect.stringContaining('one of the columns') as string,
    })
  })

  test('a NUL byte in SQL', async () => {
    const [problem] = await given({ 'tables/gold/wrong.sql': 'select id\n, \0 from silver.orders' })
    expect(problem).toMatchObject({
      code: 'sql/nul',
      at: { line: 2 },
      fix: expect.stringContaining('Remove the character') as string,
    })
  })

  test('names that could leave the lake, and names with quotes', async () => {
    const [problem] = await given({ 'tables/gold/a"b.sql': 'select 1 as n' })
    const told = {
      code: 'project/table-name',
      fix: expect.stringContaining('letters, digits and underscores') as string,
    }
    expect(problem).toMatchObject(told)
    const [dots] = await given({
      'tables/gold/dots.ts': `import { defineModel } from 'millrace'
export default defineModel({ name: '../x.y', reads: [], write: 'replace', columns: { id: { type: 'int64' } }, run: () => [] })
`,
    })
    expect(dots).toMatchObject({ ...told, message: expect.stringContaining('../x.y') as string })
    for (const name of ['../up', 'a/b', "it's", '']) {
      const ended = await folder.run('env', 'create', name, '--json')
      expect({ name, status: ended.status }).toEqual({ name, status: 2 })
      expect(problemsOf(ended)).toMatchObject([
        {
          code: 'env/bad-name',
          message: `${JSON.stringify(name)} cannot name an environment.`,
          fix: 'Choose a name such as `fix` or `anna-2026`.',
        },
      ])
    }
  })

  test('a reserved word is a name like any other', async () => {
    folder.write({ 'tables/gold/select.sql': 'select id as "order", note as "table" from silver.orders' })
    expect(await run('--select', 'gold.select')).toMatchObject({ status: 0 })
    expect(await folder.json('query', 'select "order" from gold."select" order by all')).toEqual([
      { order: 1 },
      { order: 2 },
    ])
    remove('tables/gold/select.sql')
    await run('--allow', 'gold.select')
  })

  test('a column with the one name that objects do not keep is refused, the others of their kind are columns', async () => {
    folder.write({ 'tables/gold/names.sql': 'select id as "__proto__", id as constructor from silver.orders' })
    const { status, problems } = await run()
    expect(status).toBe(2)
    expect(problems).toMatchObject([
      {
        code: 'model/column-name',
        message: 'gold.names has a column with the name __proto__.',
        at: { line: 1, column: 15 },
      },
    ])
    expect(problems[0]?.fix).toContain('another name')
    expect(await orders()).toEqual(before)
    folder.write({ 'tables/gold/names.sql': 'select id as constructor, id as "toString" from silver.orders' })
    expect(await run('--select', 'gold.names')).toMatchObject({ status: 0 })
    expect(await folder.json('query', 'select * from gold.names order by all')).toEqual([
      { constructor: 1, toString: 1 },
      { constructor: 2, toString: 2 },
    ])
    remove('tables/gold/names.sql')
    await run('--allow', 'gold.names')
  })
})

describe('data files', () => {
  test('an empty one has no rows', async () => {
    folder.write({ 'landing/2.csv': '' })
    expect(await run()).toEqual({ status: 0, problems: [] })
    expect(await orders()).toEqual(before)
  })

  test('a column that stands twice in the header is refused', async () => {
    folder.write({ 'landing/3.csv': 'id,note,note,amount\n3,c,d,1\n' })
    const { status, problems } = await run()
    expect(status).toBe(1)
    expect(problems).toMatchObject([
      { code: 'files/duplicate-header', message: 'The header of landing/3.csv names a column twice: note.' },
      { code: 'run/upstream-failed' },
    ])
    expect(problems[0]?.fix).toContain('`header: false`')
    expect(await orders()).toEqual(before)
    remove('landing/3.csv')
  })

  test('a header in the midst of the data, a NUL byte and a line of 50 MB: the good rows land, the others are kept', async () => {
    const file = join(folder.path, 'landing/4.csv')
    writeFileSync(file, 'id,note,amount\n3,c,1\nid,note,amount\n4,x\0y,2\n5,')
    const handle = openSync(file, 'a')
    const chunk = 'x'.repeat(1 << 20)
    for (let i = 0; i < 50; i++) writeSync(handle, chunk)
    writeSync(handle, ',3\n6,z,4\n')
    closeSync(handle)
    const { status, problems } = await run()
    expect({ status, problems }).toEqual({ status: 0, problems: [] })
    const sizes = await folder.json(
      'query',
      'select id, length(note) as size from bronze.orders where id > 2 order by id',
    )
    expect(sizes).toEqual([
      { id: 3, size: 1 },
      { id: 4, size: 3 },
      { id: 5, size: 50 << 20 },
      { id: 6, size: 1 },
    ])
    expect(await folder.json('query', 'from bronze.orders__rejects')).toMatchObject([
      {
        file: 'landing/4.csv',
        line: 3,
        column: 'id',
        raw: 'id,note,amount',
        reason: expect.stringContaining('id') as string,
      },
    ])
    remove('landing/4.csv')
  }, 60_000)

  test('a compressed file that was cut, and a link to nothing', async () => {
    const whole = gzipSync(
      Buffer.from(
        `id,note,amount\n${Array.from({ length: 5000 }, (_, i) => `${i + 100},${Math.sin(i)},1`).join('\n')}\n`,
      ),
    )
    folder.write({ 'landing/5.csv.gz': whole.subarray(0, whole.length / 2) })
    const cut = await run()
    expect(cut.status).toBe(1)
    expect(cut.problems[0]).toMatchObject({
      code: 'files/unreadable',
      message: expect.stringMatching(/^landing\/5\.csv\.gz cannot be read/) as string,
      fix: expect.stringContaining('Fetch the file anew') as string,
    })
    remove('landing/5.csv.gz')
    // A link to nothing is no file: it is loaded when it leads to one.
    symlinkSync(join(folder.path, 'nowhere.csv'), join(folder.path, 'landing/6.csv'))
    expect(await run()).toEqual({ status: 0, problems: [] })
    expect((await folder.json<{ orders: number }[]>('query', total))[0]?.orders).toBeLessThan(100)
    remove('landing/6.csv')
  })

  test('10,000 columns', async () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `column_${i}`)
    folder.write({ 'wide/wide.csv': `${names.join(',')}\n${names.map((_, i) => i).join(',')}\n` })
    expect(await folder.run('init', '--from', 'wide/wide.csv', '--table', 'bronze.wide')).toMatchObject({ status: 0 })
    expect(await run('--select', 'bronze.wide')).toEqual({ status: 0, problems: [] })
    expect(await folder.json('query', 'select column_0, column_9999 from bronze.wide')).toEqual([
      { column_0: 0, column_9999: 9999 },
    ])
    remove('tables/bronze/wide.ts')
  }, 90_000)
})

describe('what else can break', () => {
  test('a catalog that another program holds', async () => {
    const catalog = new DatabaseSync(join(folder.path, '.millrace/catalog.db'))
    catalog.exec('begin immediate')
    const started = Date.now()
    folder.write({ 'landing/7.csv': 'id,note,amount\n7,g,1\n' })
    const { status, problems } = await run()
    catalog.exec('rollback')
    catalog.close()
    expect(status).toBe(1)
    expect(problems).toMatchObject([{ code: 'database/busy' }])
    expect(problems[0]?.message).toContain('catalog.db')
    expect(problems[0]?.fix).toMatch(/again|other/)
    expect(Date.now() - started).toBeLessThan(60_000)
    expect(await run()).toEqual({ status: 0, problems: [] })
  }, 90_000)

  test('a worker that is killed costs at most this run, and the next one makes up for it', async () => {
    const rows = await folder.json<{ orders: number }[]>('query', total)
    folder.write({
      'tables/gold/long.sql': `/* millrace
write: replace
*/
select count(*) as n from range(3000000000) as a(i), silver.orders where i % 7 = 3
`,
    })
    const child = spawn(process.execPath, [main, 'run', '--select', 'gold.long', '--json'], { cwd: folder.path })
    let events = ''
    child.stdout.on('data', (text: Buffer) => (events += text.toString()))
    while (!events.includes('task.started')) await new Promise((resolve) => setTimeout(resolve, 50))
    // One that has no work yet is replaced without a word.
    while (!events.includes('engine/worker-lost')) {
      for (const pid of childrenOf(child.pid, 'engine-worker')) process.kill(pid, 'SIGKILL')
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
    child.kill('SIGINT')
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130)
    expect(JSON.parse(events.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'run.ended',
      status: 'cancelled',
    })
    remove('tables/gold/long.sql')
    expect(await folder.json('query', total)).toEqual(rows)
  }, 60_000)

  test.each([
    ['of the table itself', /\.metadata\.json$/],
    ['of a list of manifests', /^snap-.*\.avro$/],
    ['a manifest', /-m\d+\.avro$/],
  ])('one metadata file that is broken, %s', async (_, kind) => {
    const rows = await orders()
    const { location } = await folder.json<{ location: string }>('table', 'silver.orders')
    const files = readdirSync(join(location, 'metadata')).map((name) => join(location, 'metadata', name))
    // The newest of its kind: the version that is shown needs it.
    const [file = ''] = files
      .filter((path) => kind.test(path.slice(path.lastIndexOf('/') + 1)))
      .toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)
    const content = readFileSync(file)
    truncateSync(file, 20)
    const [asked, doctor] = await Promise.all([
      folder.run('query', 'from silver.orders', '--json'),
      folder.run('doctor'),
    ])
    writeFileSync(file, content)
    expect(asked.status).toBe(1)
    expect(problemsOf(asked)).toMatchObject([
      {
        code: 'lake/corrupt',
        message: expect.stringContaining(`${file}, a file of silver.orders, cannot be read`) as string,
        fix: expect.stringContaining(
          'Or build it from nothing: `millrace run --full-refresh --select silver.orders`.',
        ) as string,
      },
    ])
    expect(doctor.status).toBe(1)
    expect(doctor.stdout).toContain(`✗ silver.orders: file://${file}, a file of silver.orders, cannot be read`)
    expect(doctor.stdout).toContain('→ Roll it back: `millrace table silver.orders`')
    expect(await orders()).toEqual(rows)
  })

  const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mountable()

  function mountable(): boolean {
    const probe = new Folder()
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe.path]).status === 0
    if (mounted) spawnSync('umount', [probe.path])
    probe.remove()
    return mounted
  }

  // Needs a file system of its own: only root may make one.
  test.skipIf(!canMount)(
    'a disk that fills, and one that may not be written',
    async () => {
      const small = new Folder()
      expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', small.path]).status).toBe(0)
      try {
        small.write({
          'millrace.config.ts': config,
          'landing/1.csv': 'id,note,amount\n1,a,10\n2,b,20\n',
          'tables/bronze/orders.ts': source,
          'tables/silver/orders.sql': model,
        })
        expect((await small.run('run')).status).toBe(0)
        small.write({
          'tables/gold/large.sql': `/* millrace
write: replace
*/
select o.id, md5(i::varchar) || md5((i * 7)::varchar) as text from silver.orders as o, range(400000) as r(i)
`,
        })
        const full = await small.run('run', '--json')
        expect(full.status).toBe(1)
        const problem = problemsOf(full).at(0)
        expect(problem?.code).toMatch(/disk-full|no-space/)
        expect(`${problem?.message} ${problem?.fix}`).toMatch(/space/)
        expect(await small.json('query', total)).toEqual(before)
        rmSync(join(small.path, 'tables/gold/large.sql'))
        expect((await small.run('run')).status).toBe(0)

        expect(spawnSync('mount', ['-o', 'remount,ro', small.path]).status).toBe(0)
        const asked = await small.run('run', '--json')
        expect(asked.status).toBe(1)
        expect(problemsOf(asked)).toMatchObject([
          {
            code: 'database/unusable',
            message: expect.stringContaining(join(small.path, '.millrace/catalog.db')) as string,
            fix: expect.stringMatching(/^See that the folder can be written and has space/) as string,
          },
        ])
        const begun = await small.run('init', '--from', 'landing/1.csv', '--table', 'bronze.two', '--json')
        expect(begun.status).toBe(1)
        expect(problemsOf(begun)).toMatchObject([
          {
            code: 'command/file-system',
            message: expect.stringContaining('tables/bronze/two.ts') as string,
            fix: expect.stringContaining('make the folder writable') as string,
          },
        ])
        expect(spawnSync('mount', ['-o', 'remount,rw', small.path]).status).toBe(0)
        expect(await small.json('query', total)).toEqual(before)
      } finally {
        spawnSync('umount', [small.path])
        small.remove()
      }
    },
    60_000,
  )
})

test('after all this the tables are whole', async () => {
  const findings = await folder.json<{ state: string }[]>('doctor')
  expect(findings.filter((one) => one.state === 'wrong')).toEqual([])
  expect(readFileSync(join(folder.path, 'tables/silver/orders.sql'), 'utf8')).toBe(model)
})
