// What settings mean, beyond the names in them, is told when the project is compiled and at its place in the file.
import { compile, type Definition, describeIssue, type Issue, type SqlFacts, type TableName } from '@millrace/core'
import { expect, test } from 'vitest'
import { compiled, graphOf, hash, type Small } from './support/small-world.ts'

const columns = {
  id: { type: 'int64' },
  name: { type: 'string' },
  on_day: { type: 'date' },
  seen: { type: 'timestamptz' },
  price: { type: 'float64' },
  ok: { type: 'boolean' },
  tags: { type: { list: 'string' } },
  'odd name': { type: 'int32' },
} as const

type Settings = Partial<Extract<Definition, { kind: 'source' }>['tables'][TableName]>

/** Of a source `raw.it` with these settings, written as this text. */
function issuesOf(settings: Settings, text = ''): readonly Issue[] {
  const definition: Definition = {
    kind: 'source',
    name: 'raw.it',
    connector: 'files',
    config: {},
    tables: { 'raw.it': { write: 'append', columns, ...settings } },
  }
  const origins = { 'raw.it': { file: 'it.ts', text } }
  return compile({ name: 'p', environments: {}, definitions: [definition], origins }, new Map(), 'r', hash).issues
}

const message = (one: Issue): string => describeIssue(one).message

test.each([
  ['dya(on_day)', 'there is no such function'],
  ['week(on_day)', 'there is no such function'],
  ['bucket(0, id)', 'the function takes other arguments'],
  ['bucket(id)', 'the function takes other arguments'],
  ['day(4, on_day)', 'the function takes other arguments'],
  ['hour(on_day)', 'on_day is a date'],
  ['day(id)', 'id is an int64'],
  ['truncate(3, seen)', 'seen is a timestamptz'],
  ['bucket(3, ok)', 'ok is a boolean'],
  ['bucket(3, price)', 'price is a float64'],
  ['price', 'price is a float64'],
  ['tags', 'tags is a list<string>'],
])('partition: %s is refused: %s', (text, problem) => {
  const [one, ...more] = issuesOf({ partition: [text] }, `x\npartition: ['${text}']`)
  expect([one?.code, one?.params['problem'], more]).toEqual(['lake/bad-partition', problem, []])
  expect(one?.at).toEqual({ file: 'it.ts', line: 2, column: 14, length: text.length })
})

test('a misspelled function is named', () => {
  expect(issuesOf({ partition: ['mnth(on_day)'] })[0]?.candidates).toEqual(['month'])
})

test.each([
  'id',
  'ID',
  'ok',
  'year(on_day)',
  'month(seen)',
  'hour( seen )',
  'bucket(16, id)',
  'truncate(4, name)',
  'bucket(4, seen)',
  'day("on_day")',
  '"odd name"',
  'truncate(10, "odd name")',
])('partition: %s is fine', (text) => {
  expect(issuesOf({ partition: [text] })).toEqual([])
})

test('names with spaces can be partitioned and sorted by, in quotes', () => {
  expect(issuesOf({ partition: ['bucket(4, "odd name")'], sort: ['"odd name" desc', 'id ASC'] })).toEqual([])
  expect(issuesOf({ sort: ['id descc'] }).map(message)).toEqual(['raw.it has no column id descc, which `sort` names.'])
})

test.each([
  [{ min: 'abc' }, 'id', 'A check compares raw.it.id, which is int64, with `abc`.'],
  [{ max: '2026-13' }, 'on_day', 'A check compares raw.it.on_day, which is date, with `2026-13`.'],
  [{ in: [1, 'two', 3] }, 'price', 'A check compares raw.it.price, which is float64, with `two`.'],
  [{ min: 5 }, 'seen', 'A check compares raw.it.seen, which is timestamptz, with `5`.'],
  [{ max: true }, 'id', 'A check compares raw.it.id, which is int64, with `true`.'],
  [{ type: 'in64' }, 'name', 'columns.name.checks has the type in64, which does not exist.'],
  [{ refers: 'raw.thing.id' }, 'id', 'A check of raw.it reads raw.thing, which nothing in the project produces.'],
  [{ refers: 'raw.it.idd' }, 'id', 'raw.it has no column idd, which `refers` names.'],
] as const)('a check %j of %s: %s', (check, column, said) => {
  const issues = issuesOf({ columns: { ...columns, [column]: { ...columns[column], checks: [check] } } })
  expect(issues.map(message)).toEqual([said])
})

test.each([
  [{ unique: [] }, 'unique', 'it names no column'],
  [{ rows: {} }, 'rows', 'it has neither `min` nor `max`'],
  [{ rows: { min: 10, max: 1 } }, 'rows', 'no number is from 10 to 1'],
  [{ fresh: '2d', by: 'Price' }, 'Price', 'Price is float64, which is no time'],
] as const)('a check %j says nothing, and is refused at its place', (rule, word, problem) => {
  const [one, ...more] = issuesOf({ checks: [{ rule, on: 'warn' }] }, `write: append\nchecks:\n  - ${word}`)
  expect([one?.code, one?.params['problem'], more]).toEqual(['model/bad-check', problem, []])
  expect(one?.at).toEqual({ file: 'it.ts', line: 3, column: 5, length: word.length })
})

test.each([[[]], [[null]]])('a list of no values %j is refused', (values) => {
  const issues = issuesOf({ columns: { ...columns, id: { ...columns.id, checks: [{ in: values }] } } })
  expect(issues.map(({ code }) => code)).toEqual(['model/bad-check'])
})

test.each([
  { rows: { max: 0 } },
  { rows: { min: 2, max: 2 } },
  { fresh: '2d', by: 'on_day' },
  { fresh: '2d', by: 'SEEN' },
  { fresh: '2d', by: 'name' },
] as const)('a check %j of a table is fine', (check) => {
  expect(issuesOf({ checks: [check] })).toEqual([])
})

test.each([
  [{ min: '5' }, 'id'],
  [{ min: '-1.5e3' }, 'price'],
  [{ min: 5 }, 'name'],
  [{ min: '2026-01-31' }, 'on_day'],
  [{ max: '2026-01-31 10:00:00' }, 'seen'],
  [{ in: [true, null] }, 'ok'],
  [{ type: 'decimal(9,2)' }, 'name'],
  [{ refers: 'raw.it.ID' }, 'id'],
] as const)('a check %j of %s is fine', (check, column) => {
  expect(issuesOf({ columns: { ...columns, [column]: { ...columns[column], checks: [check] } } })).toEqual([])
})

test.each([
  [{ column: 'id', rule: 'unique' }, 'no single row breaks it'],
  [{ column: 'seen', rule: { fresh: '1d' } }, 'no single row breaks it'],
  [{ column: 'id', rule: { refers: 'raw.it.id' } }, 'it looks at the table itself'],
  [{ rule: { unique: ['id', 'name'] } }, 'no single row breaks it'],
  [{ rule: { rows: { min: 1 } } }, 'no single row breaks it'],
  [{ rule: { sql: 'from raw.it' } }, 'no single row breaks it'],
  [{ rule: { code: { module: 'm.ts', export: 'm', hash: hash('m') } } }, 'no single row breaks it'],
] as const)('a check that cannot quarantine is refused at its place: %j', (said, problem) => {
  const check = { rule: said.rule, on: 'quarantine' } as const
  const settings: Settings =
    'column' in said
      ? { columns: { ...columns, [said.column]: { ...columns[said.column], checks: [check] } } }
      : { columns, checks: [check] }
  const place = 'column' in said ? said.column : 'checks'
  const [one, ...more] = issuesOf(settings, `write: append\n${place}:\n  - { on: quarantine }`)
  expect([one?.code, one?.params['problem'], more]).toEqual(['model/no-quarantine', problem, []])
  expect(one?.at).toEqual({ file: 'it.ts', line: 3, column: 11, length: 10 })
})

test.each(['not_null', { min: 1 }, { max: 1 }, { in: [1] }, { type: 'int8' }, { expression: 'id > 0' }] as const)(
  'a check %j can quarantine',
  (rule) => {
    const checks = [{ rule, on: 'quarantine' }] as const
    expect(issuesOf({ columns: { ...columns, id: { ...columns.id, checks } } })).toEqual([])
  },
)

test.each(['view', { merge: 'id' }, { history: 'id', type: 2 }, { interval: 'on_day' }] as const)(
  'a source that is to be written by %j is refused: it would only add rows',
  (write) => {
    const [one, ...more] = issuesOf({ write }, `columns\nwrite: it`)
    expect([one?.code, one?.at?.line, more]).toEqual(['model/source-write', 2, []])
  },
)

test('what is new in a view is not known: an append over one is refused before its first run, unless it reads all of it', () => {
  const world = { 'raw.it': {}, 'silver.it': { reads: ['raw.it'], write: 'view' } } as const
  expect(() => graphOf({ ...world, 'gold.it': { reads: ['silver.it'], write: 'append' } })).toThrow(
    /^model\/changes-of-view$/,
  )
  expect(graphOf({ ...world, 'gold.it': { reads: ['silver.it'], write: 'replace' } }).nodes.size).toBe(3)
})

test('an append over several inputs has to say in which of them it looks for what is new', () => {
  const world = { 'raw.it': {}, 'raw.other': {} } as const
  const both = { reads: ['raw.it', 'raw.other'], write: 'append' } as const
  const over = (more: Small) => () => graphOf({ ...world, 'gold.it': { ...both, ...more } })
  const joins = [['raw.it', 'raw.other']] as const
  expect(over({ joins })).toThrow(/^model\/append-reads$/)
  expect(over({ joins, modes: { 'raw.it': 'changes', 'raw.other': 'changes' } })).toThrow(/^model\/append-reads$/)
  expect(over({ joins, modes: { 'raw.other': 'all' } })().nodes.size).toBe(3)
  // What comes later in the text is what is looked up.
  for (const [text, whole] of [
    ['from raw.it join raw.other', 'raw.other'],
    ['from raw.other join raw.it', 'raw.it'],
  ] as const) {
    const issues = compiled({ ...world, 'gold.it': { ...both, joins, text } }).issues
    expect(issues.map(({ params }) => params['whole'])).toEqual([[whole]])
  }
  expect(over({})().nodes.size).toBe(3)
  const itself = [['raw.it', 'raw.it']] as const
  expect(over({ joins: itself, modes: { 'raw.it': 'changes' } })).toThrow(/^model\/append-joins-itself$/)
})

test('an append does not look up whole what brings its rows', () => {
  const world = { 'raw.it': {}, 'raw.other': {} } as const
  const over = (broughtBy: SqlFacts['broughtBy'], whole: readonly TableName[]): readonly string[] => {
    const modes = Object.fromEntries(whole.map((one) => [one, 'all' as const]))
    const it = { reads: ['raw.it', 'raw.other'], write: 'append', broughtBy, modes } as const
    return compiled({ ...world, 'gold.it': it }).issues.map(
      ({ code, params }) => `${code} ${String(params['inputs'])} ${String(params['news'])}`,
    )
  }
  const refused = ['model/append-all-again raw.it raw.other']
  expect(over([['raw.it']], ['raw.it'])).toEqual(refused)
  expect(over([['raw.it'], ['raw.other']], ['raw.it'])).toEqual(refused)
  expect(over([['raw.it']], ['raw.other'])).toEqual([])
  expect(over([['raw.it', 'raw.other']], ['raw.it'])).toEqual([])
  // A row that no input brings, and a picture of everything on each run.
  expect(over([[]], ['raw.it'])).toEqual([])
  expect(over([['raw.it']], ['raw.it', 'raw.other'])).toEqual([])
})

test('the advice leaves each join with one input that brings what is new', () => {
  const reads = ['raw.a', 'raw.b', 'raw.c', 'raw.d'] as const
  const advised = (joins: SqlFacts['joins']): string => {
    const world = Object.fromEntries(reads.map((one) => [one, {}]))
    const { issues } = compiled({ ...world, 'gold.it': { reads, write: 'append', joins } })
    return /`reads: (.*?)`/.exec(issues.map((one) => describeIssue(one).fix).join(' '))?.[1] ?? ''
  }
  expect(advised([['raw.a', 'raw.b']])).toBe('{ raw.b: all }')
  const twice = [
    ['raw.a', 'raw.b'],
    ['raw.c', 'raw.d'],
  ] as const
  expect(advised(twice)).toBe('{ raw.b: all, raw.d: all }')
  expect(
    advised([
      ['raw.a', 'raw.b'],
      ['raw.b', 'raw.c'],
    ]),
  ).toBe('{ raw.b: all }')
  expect(
    advised([
      ['raw.a', 'raw.b'],
      ['raw.b', 'raw.c'],
      ['raw.a', 'raw.c'],
    ]),
  ).toBe('{ raw.b: all, raw.c: all }')
})

test('tables that settings name beside the text have to be inputs', () => {
  const definition: Definition = {
    kind: 'model',
    name: 'silver.it',
    reads: { 'raw.its': 'changes' },
    tests: [{ name: 't', given: { 'raw.it': [], 'raw.other': [] }, expect: [] }],
    tables: { 'silver.it': { write: 'replace', columns } },
    body: { code: { module: 'm.ts', export: 'm', hash: hash('m') }, reads: ['raw.it'] },
  }
  const text = 'reads: { raw.its: changes }\ntests: [{ given: { raw.it: [], raw.other: [] } }]'
  const { issues } = compile(
    { name: 'p', environments: {}, definitions: [definition], origins: { 'silver.it': { file: 'it', text } } },
    new Map(),
    'r',
    hash,
  )
  const told = issues.filter((one) => one.code === 'model/not-an-input')
  expect(told.map((one) => [message(one), one.at?.line, one.at?.column, one.candidates])).toEqual([
    ['silver.it does not read raw.its, which `reads` names.', 1, 10, ['raw.it']],
    ['silver.it does not read raw.other, which `tests` names.', 2, 32, undefined],
  ])
})

test('what refers to a table of broken SQL, or reads it, has no mistake of its own', () => {
  const broken: Definition = {
    kind: 'model',
    name: 'silver.bad',
    tables: { 'silver.bad': { write: 'replace' } },
    body: { sql: 'selec', offset: 0 },
  }
  const reader: Definition = {
    kind: 'model',
    name: 'silver.reads',
    tables: {
      'silver.reads': { write: 'replace', columns: { id: { type: 'int64', checks: [{ refers: 'silver.bad.x' }] } } },
    },
    body: { code: { module: 'm.ts', export: 'm', hash: hash('m') }, reads: ['silver.bad'] },
  }
  const project = { name: 'p', environments: {}, definitions: [broken, reader], origins: {} }
  expect(compile(project, new Map(), 'r', hash).issues).toEqual([])
})
