// What a definition may not say: each mistake with its code, what it says, its place in the file and what to do.
import { compile, type Definition, describeIssue, type SqlFacts, type TableName, type TableSpec } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { hash } from './support/small-world.ts'

const columns = { id: { type: 'int64' }, day: { type: 'date' } } as const

const raw: Definition = {
  kind: 'source',
  name: 'raw.it',
  connector: 'files',
  config: {},
  tables: { 'raw.it': { write: 'append', columns } },
}

/** What a reader finds in a select of `id` and `day` from `raw.it`, with these parameters. */
const factsOf = (params: readonly string[]): SqlFacts => ({
  reads: ['raw.it'],
  params,
  columns,
  rows: hash('rows'),
  columnHashes: { id: hash('id'), day: hash('day') },
  needs: { rows: [], columns: { id: [0], day: [1] } },
  lineage: [],
  uses: { 'raw.it': ['id', 'day'] },
  joins: [],
  broughtBy: [],
  takesSome: false,
  drops: [],
  unsteady: [],
  ranges: {},
  windows: { 'raw.it': 'day' },
  issues: [],
})

/** `code line:column+length [candidates] message -> what to do` of each mistake of the definitions, which have this text. */
function issuesOf(definitions: readonly Definition[], text: string, facts?: SqlFacts): readonly string[] {
  const names = definitions.map(({ name }) => name)
  const origins = Object.fromEntries(names.map((name) => [name, { file: 'it.sql', text }]))
  const read = new Map(facts === undefined ? [] : [['silver.it', facts]])
  return compile({ name: 'p', environments: {}, definitions, origins }, read, 'r', hash).issues.map((one) => {
    const { message, fix, exit } = describeIssue(one)
    expect([one.at?.file, exit]).toEqual(['it.sql', 2])
    const nearest = one.candidates === undefined ? '' : ` [${one.candidates.join()}]`
    return `${one.code} ${one.at?.line}:${one.at?.column}+${one.at?.length}${nearest} ${message} -> ${fix}`
  })
}

interface Sql extends TableSpec {
  readonly start?: string
}

/** Of a select `silver.it`, written like this. */
function ofSelect({ start, ...spec }: Sql, params: readonly string[], text: string): readonly string[] {
  const model: Definition = {
    kind: 'model',
    name: 'silver.it',
    tables: { 'silver.it': spec },
    body: { sql: text, offset: 0 },
    ...(start === undefined ? {} : { start }),
  }
  return issuesOf([raw, model], text, factsOf(params))
}

const code = (name: TableName, spec: TableSpec, reads: readonly TableName[] = []): Definition => ({
  kind: 'model',
  name,
  tables: { [name]: spec },
  body: { code: { module: 'm.ts', export: 'm', hash: hash('m') }, reads },
})

const bounded = 'write: { interval: day }\nselect id, day from raw.it where day >= $from and day < $to'

describe('a source with two tables', () => {
  const text = "defineSource({ connector: 'files', tables: {\n  'raw.it': {},\n  'raw.other': {},\n} })"
  const tables = { ...raw.tables, 'raw.other': { write: 'append', columns } } as const

  test.each(['files', 'seed'])('is refused of the connector %s, which fills only one', (connector) => {
    expect(issuesOf([{ ...raw, connector, tables }], text)).toEqual([
      `model/one-table 3:4+9 The source raw.it names raw.other as another table, and the connector \`${connector}\` fills only one. -> Give each table a source of its own, in a definition with another \`name\`.`,
    ])
  })

  test('is fine where code says which rows are whose', () => {
    expect(issuesOf([{ ...raw, connector: 'code', tables }], text)).toEqual([])
  })
})

test('a select by interval that uses both bounds has no mistake', () => {
  expect(ofSelect({ write: { interval: 'day' }, start: '2026-01-01' }, ['from', 'to'], bounded)).toEqual([])
})

test('a select by interval that bounds a column which is no time is told its type', () => {
  const model: Definition = {
    kind: 'model',
    name: 'silver.it',
    tables: { 'silver.it': { write: { interval: 'day' } } },
    body: { sql: bounded, offset: 0 },
  }
  expect(issuesOf([raw, model], bounded, { ...factsOf(['from', 'to']), windows: { 'raw.it': 'id' } })).toEqual([
    'model/window-type 2:41+5 silver.it is to be filled by raw.it.id, which is int64 and no time. -> Give the column the type `timestamp`, `timestamptz` or `date` where it is made, then compare it with $from and $to.',
  ])
})

test('a parameter that nothing gives is named', () => {
  expect(ofSelect({ write: 'replace' }, ['least'], 'select id, day\nfrom raw.it where id > $least')).toEqual([
    'model/unknown-parameter 2:24+6 silver.it uses the parameter $least, which nothing gives. -> Use $from and $to, or write the value into the text.',
  ])
})

test.each([
  ['no bound', [], 'write: { interval: day }\nselect id, day from raw.it', '1:10+8'],
  ['one bound', ['from'], 'write: { interval: day }\nselect id, day from raw.it where day >= $from', '2:41+5'],
  ['the other', ['to'], 'write: { interval: day }\nselect id, day from raw.it where day < $to', '2:40+3'],
])('an interval model with %s is told which are needed', (_, params, text, place) => {
  expect(ofSelect({ write: { interval: 'day' } }, params, text)).toEqual([
    `model/interval-needs-bounds ${place} silver.it is computed interval by interval, but its text does not use both $from and $to. -> Add \`where <time column> >= $from and <time column> < $to\`, or change \`write\`.`,
  ])
})

test.each(['replace', 'append', 'view'] as const)('bounds make no sense where `write` is %s', (write) => {
  const text = `write: ${write}\nselect id, day from raw.it where day >= $from and day < $to`
  expect(ofSelect({ write }, ['from', 'to'], text)).toEqual([
    `model/bounds-need-interval 2:41+5 silver.it uses $from and $to, but \`write: ${write}\` does not work by interval. -> Use \`write: { interval: <time column> }\` or \`write: { merge: <key> }\`, or drop the parameters.`,
  ])
})

test('a start that is no time is told at its place', () => {
  const text = `start: 2026-13-01\n${bounded}`
  expect(ofSelect({ write: { interval: 'day' }, start: '2026-13-01' }, ['from', 'to'], text)).toEqual([
    'model/bad-instant 1:8+10 `2026-13-01` is not a point in time. -> Write the time in one of these forms.',
  ])
})

test('a column that a setting names has to be there', () => {
  const text = 'columns:\n  idd: { type: int64 }\nsort: [dya]\nselect id, day from raw.it'
  const spec: TableSpec = { write: 'replace', columns: { idd: { type: 'int64' } }, sort: ['dya'] }
  const fix = 'Name one of the columns that the table produces, or add the column to the select.'
  expect(ofSelect(spec, [], text)).toEqual([
    `model/unknown-column 2:3+3 [id] silver.it has no column idd, which \`columns\` names. -> ${fix}`,
    `model/unknown-column 3:8+3 [day] silver.it has no column dya, which \`sort\` names. -> ${fix}`,
  ])
})

test('a check is told of a value that no value of the column is', () => {
  const checked = { ...columns, id: { type: 'int64', checks: [{ min: 'abc' }] } } as const
  const source: Definition = { ...raw, tables: { 'raw.it': { write: 'append', columns: checked } } }
  expect(issuesOf([source], "id: { type: 'int64', checks: [{ min: 'abc' }] }")).toEqual([
    'model/check-value 1:39+3 A check compares raw.it.id, which is int64, with `abc`. -> Write a value of the column: a number, a date such as 2026-01-31, or a text in quotes.',
  ])
})

test('where columns cannot be asked for they have to be declared', () => {
  const fix = 'Declare `columns` with a type for each, or let `millrace init --from FILE` write them from a sample.'
  const source: Definition = { ...raw, tables: { 'raw.it': { write: 'append' } } }
  expect(issuesOf([source], "\ntables: { 'raw.it': {} }")).toEqual([
    `model/columns-needed 2:12+6 raw.it declares no columns. -> ${fix}`,
  ])
  expect(issuesOf([code('silver.code', { write: 'replace' })], "name: 'silver.code'")).toEqual([
    `model/columns-needed 1:8+11 silver.code declares no columns. -> ${fix}`,
  ])
})

test('a column without a name is refused: no SQL could say it', () => {
  const source: Definition = {
    ...raw,
    tables: { 'raw.it': { write: 'append', columns: { ...columns, '': { type: 'int64' } } } },
  }
  expect(issuesOf([source], "columns: { '': 'int64' }")).toEqual([
    'model/column-name 1:1+7 raw.it has a column without a name. -> Give the column another name, in the select with `as`.',
  ])
})

test('a table that nothing makes is named with the nearest one that something does', () => {
  const fix = 'Correct the name, or add a definition for the table under tables/.'
  const reader = code('silver.code', { write: 'replace', columns }, ['raw.its'])
  expect(issuesOf([raw, reader], "reads: ['raw.its']")).toEqual([
    `model/unknown-table 1:10+7 [raw.it] silver.code reads raw.its, which nothing in the project produces. -> ${fix}`,
  ])
  const referring = { ...columns, id: { type: 'int64', checks: [{ refers: 'raw.ti.id' }] } } as const
  expect(issuesOf([raw, code('silver.code', { write: 'replace', columns: referring })], "refers: 'raw.ti.id'")).toEqual(
    [
      `model/unknown-table 1:10+9 [raw.it] A check of silver.code reads raw.ti, which nothing in the project produces. -> ${fix}`,
    ],
  )
})

test('names that columns take from each other', () => {
  const swapped = {
    a: { type: 'int64', was: 'B' },
    b: { type: 'int64', was: 'a' },
    c: { type: 'int64', was: 'a' },
  } as const
  const source: Definition = {
    kind: 'source',
    name: 'raw.it',
    connector: 'files',
    config: {},
    tables: { 'raw.it': { write: 'append', columns: swapped } },
  }
  expect(issuesOf([source], 'a: { was: B }, b: { was: a }')).toEqual([
    'model/names-swapped 1:1+1 a and B of raw.it each say that they were the other. -> Rename one of them to a third name, run, and then take the other name.',
  ])
})
