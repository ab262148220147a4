// The law of the kept graph: whatever was edited in whatever order, the graph of a workspace is the graph of a project that
// is read for the first time.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { cp, mkdtemp, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { compile } from '@millrace/core'
import { loadProject } from '@millrace/project'
import { openSqlReader } from '@millrace/sql'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { type GraphRead, standingGraph, wholeGraph } from '../src/kept/read-graph.ts'
import { readKept as readKeptFile, writeKept } from '../src/kept/kept-file.ts'
import type { Head } from '../src/kept/kept-graph.ts'
import { hash } from '../src/workspace/lakehouse.ts'
import { command } from './support/command.ts'
import { makeProject, model, removeProjects, writeFiles } from './support/project.ts'

const reader = openSqlReader()
afterAll(async () => {
  await reader.close()
  removeProjects()
})

const files = {
  'tables/raw/clicks.ts': `import { defineSource } from 'millrace'
import { idType } from '../../shared/types.ts'
export default defineSource({ columns: { id: { type: idType }, page: { type: 'string' }, seen_at: { type: 'timestamptz' } }, *read() {} })\n`,
  'shared/types.ts': "export const idType = 'int64'\n",
  'seeds/raw/pages.csv': 'page,title\n/,Home\n',
  'seeds/raw/pages.yaml': 'columns:\n  page: { type: string }\n  title: { type: string }\n',
  'tables/code/loud.ts': `import { defineModel } from 'millrace'
export default defineModel({ reads: ['silver.named'], write: 'replace', columns: { page: { type: 'string' } }, *run() {} })\n`,
  'tables/code/check.ts': `import { defineCheck } from 'millrace'
export default defineCheck({ name: 'short', table: 'gold.checked', run: () => [] })\n`,
  'tables/silver/clicks.sql': model('write: view', 'select id, page, seen_at from raw.clicks where id > 0'),
  'tables/silver/named.sql': model(
    'write: replace\ncolumns:\n  page: { checks: [not_null] }',
    'with p as (select page, title from raw.pages) select c.id, c.page, p.title from silver.clicks c join p on p.page = c.page',
  ),
  'tables/silver/days.sql': model(
    'write: { interval: day }',
    "select date_trunc('day', seen_at) as day, count(*) as n from silver.clicks where seen_at >= $from and seen_at < $to group by 1",
  ),
  'tables/silver/members.sql': model(
    'write: { history: id, changedAt: seen_at }\nwhen: { cron: "0 5 * * *" }',
    'select id, page, seen_at from raw.clicks',
  ),
  'tables/silver/latest.sql': model(
    'write: { merge: id, newest: seen_at }',
    'select id, page, seen_at from raw.clicks',
  ),
  'tables/gold/pages.sql': model(
    'write: replace\nnote: All pages.\nchecks: [{ rows: { min: 0 } }, { expression: "id in (select id from silver.latest)" }]',
    'select page, max(id) as id, count(*) as n from silver.named group by page',
  ),
  'tables/gold/checked.sql': model('write: replace', 'select id from silver.latest where id > 0'),
  'tables/silver/kinds.sql': model(
    'write: { history: id, changedAt: seen_at }\ncolumns: { seen_at: timestamp }',
    'select id, page, seen_at from raw.clicks',
  ),
  'tables/gold/kinds.sql': model('write: replace', 'select id, valid_from from silver.kinds where is_current'),
  'tables/gold/now.sql': model('write: replace', 'select id, page from silver.members where is_current'),
  'tables/gold/loudest.sql': model(
    'write: replace\ntags: [nightly]',
    'select l.page, p.n from code.loud l join gold.pages p using (page)',
  ),
  'tables/gold/big.sql': model(
    'write: replace\ncolumns:\n  id: { checks: [{ max: 9007199254740993 }] }',
    'select id, page from silver.latest',
  ),
  'tables/gold/top.sql': model('write: view', 'select page, n from gold.loudest where n > 1'),
}

type Path = keyof typeof files
const models = Object.keys(files).filter((file) => file.endsWith('.sql')) as readonly Path[]

/** A folder with the project, its directory of Millrace apart. */
async function copyOf(root: string): Promise<string> {
  const to = await realpath(await mkdtemp(join(tmpdir(), 'millrace-whole-')))
  await cp(root, to, { recursive: true, filter: (path) => !path.includes('.millrace') })
  return to
}

async function readKept(root: string): Promise<GraphRead> {
  const read = (await standingGraph(root, reader)?.read()) ?? (await wholeGraph(root, reader, () => {}))
  await read.kept
  return read
}

/** What a project means that was never read before. */
async function readAnew(root: string): Promise<Pick<GraphRead, 'graph' | 'issues' | 'project'>> {
  const { project, facts, issues } = await loadProject(root, { sqlReader: reader, cacheDir: null })
  const compiled = compile(project, facts, reader.version, hash)
  const { name, environments } = project
  return { graph: compiled.graph, issues: [...issues, ...compiled.issues], project: { name, environments } }
}

/** Everything of a graph as plain values, maps in their order. */
const all = ({ graph, issues, project }: Pick<GraphRead, 'graph' | 'issues' | 'project'>): unknown => ({
  nodes: [...graph.nodes],
  producers: [...graph.producers],
  lineage: graph.lineage(),
  issues,
  project,
})

type Edit = (root: string, number: number) => void

const textOf = (root: string, file: string): string => readFileSync(join(root, file), 'utf8')

/** Edits a file if it is there. */
const edit =
  (change: (text: string, number: number) => string) =>
  (file: string): Edit =>
  (root, number) => {
    if (existsSync(join(root, file))) writeFileSync(join(root, file), change(textOf(root, file), number))
  }

const anyModel: Readonly<Record<string, (file: string) => Edit>> = {
  filter: edit((text, n) =>
    text.includes('group by')
      ? text
      : `${text.trimEnd()} ${/\bwhere\b/.test(text) ? 'and' : 'where'} length('${n}') > 0\n`,
  ),
  expression: edit((text, n) => text.replace(/\bcount\(\*\)( \+ \d+)? as n\b/, `count(*) + ${n} as n`)),
  comment: edit((text, n) => `${text}-- ${n}\n`),
  'added column': edit((text, n) => text.replace(/\bfrom (\w+\.\w+)/, `, ${n} as extra_${n} from $1`)),
  note: edit((text, n) => text.replace(/(\nnote: .*)?\n\*\//, `\nnote: Said ${n} times.\n*/`)),
  layout: edit((text, n) =>
    text.replace(/(\ncompression: .*)?\n\*\//, `\ncompression: ${n % 2 === 0 ? 'zstd' : 'snappy'}\n*/`),
  ),
  write: edit((text) => text.replace('write: replace', 'write: view')),
  type: edit((text, n) =>
    text.replace(/select id(::int\d\d as id)?,/, `select id::int${n % 2 === 0 ? 32 : 16} as id,`),
  ),
  broken: edit((text, n) => `${text.trimEnd()} and nobody_${n} > 0\n`),
  restored: (file) => (root) => writeFiles(root, { [file]: files[file as Path] }),
  removed: (file) => (root) => rmSync(join(root, file), { force: true }),
  renamed: (file) => (root, n) => {
    if (existsSync(join(root, file))) renameSync(join(root, file), join(root, file.replace('.sql', `_${n}.sql`)))
  },
  touched: (file) => (root) => {
    if (existsSync(join(root, file))) utimesSync(join(root, file), new Date(), new Date())
  },
  'same length, same time': (file) => (root) => {
    if (!existsSync(join(root, file))) return
    const { atime, mtime } = statSync(join(root, file))
    writeFileSync(
      join(root, file),
      textOf(root, file).replace(/\bid > \d/, (one) => (one.endsWith('0') ? 'id > 1' : 'id > 0')),
    )
    utimesSync(join(root, file), atime, mtime)
  },
  'another input': (file) => (root) => {
    const before = existsSync(join(root, file)) ? textOf(root, file) : ''
    if (before !== '') writeFileSync(join(root, file), before.replace('silver.latest', 'silver.clicks'))
  },
  'a circle': (file) => (root) => {
    const before = existsSync(join(root, file)) ? textOf(root, file) : ''
    if (before !== '') writeFileSync(join(root, file), before.replace('raw.clicks', 'gold.now'))
  },
}

const elsewhere: readonly Edit[] = [
  edit((text) => (text.includes('int64') ? text.replace('int64', 'int32') : text.replace('int32', 'int64')))(
    'shared/types.ts',
  ),
  edit((text, n) => `${text}/p${n},Page\n`)('seeds/raw/pages.csv'),
  edit((text, n) => `${text}note: Said ${n} times.\n`.replace(/(note: .*\n)+/, `note: Said ${n}.\n`))(
    'seeds/raw/pages.yaml',
  ),
  edit((text, n) => text.replace(/\*run\(\) \{.*?\}/, `*run() { /* ${n} */ }`))('tables/code/loud.ts'),
  edit((text) =>
    text.includes('warn') ? text.replace(" on: 'warn',", '') : text.replace('{ name', "{ on: 'warn', name"),
  )('tables/code/check.ts'),
  edit((text) =>
    text.includes('prod') ? text.replace(', prod: {}', '') : text.replace('dev: {}', 'dev: {}, prod: {}'),
  )('millrace.config.ts'),
  (root, n) => writeFiles(root, { [`tables/gold/new_${n}.sql`]: model('write: view', 'select n from gold.pages') }),
  (root) => writeFiles(root, files),
]

/** What leaves the columns as they are, and what does not or breaks something. */
const gentle = new Set([
  'filter',
  'expression',
  'comment',
  'note',
  'layout',
  'touched',
  'another input',
  'same length, same time',
  'restored',
])
type ToFile = (file: string) => Edit

const those = (areGentle: boolean): readonly ToFile[] =>
  Object.entries(anyModel).flatMap(([name, how]) => (gentle.has(name) === areGentle ? [how] : []))

const inModel = (hows: readonly ToFile[]): fc.Arbitrary<Edit> =>
  fc.tuple(fc.constantFrom(...hows), fc.constantFrom(...models)).map(([how, file]) => how(file))

const edits = fc.oneof(
  { weight: 8, arbitrary: inModel(those(true)) },
  { weight: 2, arbitrary: inModel(those(false)) },
  { weight: 1, arbitrary: fc.constantFrom(...elsewhere) },
)

/** Some edits, after everything was put back or on top of those before. */
const step = fc.record({
  changes: fc.array(edits, { maxLength: 3 }),
  number: fc.nat(9),
  anew: fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
})

function putBack(root: string): void {
  for (const file of listed(root)) if (!(file in files)) rmSync(join(root, file))
  writeFiles(root, { ...files, 'millrace.config.ts': textOf(root, 'millrace.config.ts').replace(', prod: {}', '') })
}

const listed = (root: string): readonly string[] =>
  readdirSync(join(root, 'tables'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.sql'))
    .map((file) => `tables/${file}`)

describe('which way is taken', () => {
  const short: readonly (readonly [what: string, file: Path, from: string, to: string])[] = [
    ['a filter of a view that interval models read', 'tables/silver/clicks.sql', 'id > 0', 'id > 1'],
    ['a comment', 'tables/gold/now.sql', 'where', '/* why */ where'],
    ['another expression of the same type', 'tables/gold/pages.sql', 'max(id)', 'min(id)'],
    ['another input of the same columns', 'tables/gold/big.sql', 'silver.latest', 'silver.clicks'],
    [
      'a note, checks and layout',
      'tables/silver/latest.sql',
      'write:',
      'note: New.\nsort: id\nchecks: [{ unique: [id] }]\nwrite:',
    ],
    ['a schedule', 'tables/silver/members.sql', '0 5 * * *', '0 6 * * *'],
    ['a reader of a history that is stored in other types', 'tables/gold/kinds.sql', 'where', 'where id > 0 and'],
  ]
  const long: readonly (readonly [what: string, file: Path, from: string, to: string])[] = [
    ['one more column', 'tables/silver/latest.sql', 'select id', 'select 1 as more, id'],
    [
      'a view that hides the time from interval models',
      'tables/silver/clicks.sql',
      'seen_at from',
      "seen_at + interval '1 day' as seen_at from",
    ],
    ['another type', 'tables/gold/big.sql', 'select id', 'select id::varchar as id'],
    ['another write', 'tables/gold/now.sql', 'write: replace', 'write: view'],
    ['a table with checks in code', 'tables/gold/checked.sql', 'id > 0', 'id > 1'],
    ['a mistake', 'tables/gold/now.sql', 'is_current', 'is_curent'],
    ['a circle', 'tables/silver/latest.sql', 'raw.clicks', 'gold.big'],
    ['definitions in TypeScript', 'tables/code/loud.ts', '*run() {}', '*run() { }'],
    ['what TypeScript imports', 'shared/types.ts', 'int64', 'int32'],
    ['a seed', 'seeds/raw/pages.csv', 'Home', 'Start'],
    ['the configuration', 'millrace.config.ts' as Path, 'dev: {}', 'dev: {}, prod: {}'],
  ]
  const ways = [...short.map((one) => [...one, 'edited'] as const), ...long.map((one) => [...one, 'whole'] as const)]
  test.each(ways)('%s', async (_, file, from, to, way) => {
    const root = makeProject(files)
    expect([(await readKept(root)).way, (await readKept(root)).way]).toEqual(['whole', 'again'])
    expect(textOf(root, file)).toContain(from)
    writeFileSync(join(root, file), textOf(root, file).replace(from, to))
    const read = await readKept(root)
    expect(read.way).toBe(way)
    expect(all(read)).toEqual(all(await readAnew(root)))
    // What was read is kept, unless something is wrong with it.
    const next = await readKept(root)
    expect(next.way).toBe(read.issues.length > 0 ? 'whole' : 'again')
    expect(all(next)).toEqual(all(read))
  })

  test('a graph that other code made is not taken', async () => {
    const root = makeProject(files)
    await readKept(root)
    const path = join(root, '.millrace/cache/graph')
    const kept = readKeptFile<Head>(path)
    const records = Array.from({ length: kept?.count ?? 0 }, (_, place) => kept?.record(place) ?? Buffer.alloc(0))
    await writeKept(path, { ...kept?.head }, records)
    expect((await readKept(root)).way).toBe('again')
    await writeKept(path, { ...kept?.head, code: 'of yesterday' }, records)
    expect((await readKept(root)).way).toBe('whole')
    await writeKept(path, { ...kept?.head, reader: 'duckdb 0.1' }, records)
    expect((await readKept(root)).way).toBe('whole')
  })
})

describe('commands', () => {
  const plan = (root: string): readonly string[] => ['plan', '--project', root, '--json']

  test('that are killed while they keep a graph leave the one before, and nothing that stays', async () => {
    const root = makeProject(files)
    const killed = await command(plan(root), { MILLRACE_FAILPOINT: 'graph.written' })
    expect(killed.signal).toBe('SIGKILL')
    expect(existsSync(join(root, '.millrace/cache/graph'))).toBe(false)
    const first = await command(plan(root))
    const kept = readFileSync(join(root, '.millrace/cache/graph'))
    writeFileSync(
      join(root, 'tables/gold/big.sql'),
      files['tables/gold/big.sql'].replace('id, page', 'id, upper(page) as page'),
    )
    expect((await command(plan(root), { MILLRACE_FAILPOINT: 'graph.written' })).signal).toBe('SIGKILL')
    expect(readFileSync(join(root, '.millrace/cache/graph')).equals(kept)).toBe(true)
    writeFiles(root, { 'tables/gold/big.sql': files['tables/gold/big.sql'] })
    expect(await command(plan(root))).toEqual({ ...first, code: 0 })
    const left = readdirSync(join(root, '.millrace/cache')).filter((name) => name.startsWith('graph'))
    expect(left).toEqual(['graph'])
  })

  test('two at once say the same, and keep one graph', async () => {
    const root = makeProject(files)
    const [one, other] = await Promise.all([command(plan(root)), command(plan(root))])
    expect(one).toEqual(other)
    expect(one.code).toBe(0)
    expect((await readKept(root)).way).not.toBe('edited')
    expect(all(await readKept(root))).toEqual(all(await readAnew(root)))
  })
})

test('the project of these tests has no mistake', async () => {
  const { issues } = await readKept(makeProject(files))
  expect(issues).toEqual([])
})

describe('whatever was edited, the graph is that of a first reading', () => {
  test('in random order', { timeout: 900_000 }, async () => {
    const ways = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 8 }), async (steps) => {
        const root = makeProject(files)
        await readKept(root)
        for (const { changes, number, anew: fromStart } of steps) {
          if (fromStart) putBack(root)
          for (const change of changes) change(root, number)
          const read = await readKept(root)
          ways.set(read.way, (ways.get(read.way) ?? 0) + 1)
          const anew = await copyOf(root)
          expect(all(read)).toEqual(all(await readAnew(anew)))
          rmSync(anew, { recursive: true })
        }
      }),
      { numRuns: Number(process.env['MILLRACE_TEST_RUNS'] ?? 15) },
    )
    // A law that holds because everything is always read would prove nothing.
    expect(ways.get('again')).toBeGreaterThan(2)
    expect(ways.get('edited')).toBeGreaterThan(2)
  })
})
