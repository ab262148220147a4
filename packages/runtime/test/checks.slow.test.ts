// Every kind of check on rows of which it is known which ones break it: counts, samples, and the query that finds them.
import type { CheckResult } from '@millrace/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pinsAt, runChecks } from '@millrace/runtime'
import { Lab, type Row, said } from './support/bench.ts'
import { makeProject, model, removeProjects } from './support/project.ts'

/** Each rule, and the ids of the rows that break it. */
interface Case {
  readonly column?: string
  readonly check: string
  readonly name: string
  readonly finds: readonly number[]
}

const cases: readonly Case[] = [
  { column: 'note', check: 'not_null', name: 'note is not null', finds: [3] },
  { column: 'code', check: 'unique', name: 'code is unique', finds: [1, 2] },
  { column: 'amount', check: '{ min: 0 }', name: 'amount >= 0', finds: [2] },
  { column: 'amount', check: '{ max: 20 }', name: 'amount <= 20', finds: [4] },
  { column: 'day', check: "{ min: '2026-01-02' }", name: 'day >= 2026-01-02', finds: [1] },
  { column: 'state', check: '{ in: [paid, open] }', name: 'state in paid, open', finds: [3] },
  { column: 'note', check: "{ match: '[a-z]+' }", name: 'note matches [a-z]+', finds: [4] },
  { column: 'person', check: '{ refers: t.people.id }', name: 'person refers to t.people.id', finds: [4] },
  { column: 'text', check: '{ type: date }', name: 'text reads as date', finds: [2] },
  { column: 'amount', check: "{ expression: 'amount < id * 12' }", name: 'amount < id * 12', finds: [4] },
  {
    column: 'amount',
    check: `{ rule: { max: 20 }, where: "state = 'paid' or state = 'lost'", name: only of some }`,
    name: 'only of some',
    finds: [],
  },
  { check: '{ unique: [code, state] }', name: 'code + state is unique', finds: [] },
  { check: '{ unique: [code, person] }', name: 'code + person is unique', finds: [1, 2] },
  { check: "{ expression: 'id <> 3' }", name: 'id <> 3', finds: [3] },
  { check: '{ sql: "select * from t.it where id > 2 -- these" }', name: 'custom SQL', finds: [3, 4] },
  { check: `{ rule: { sql: from t.it }, where: "id = 1", name: sql where }`, name: 'sql where', finds: [1] },
  {
    check:
      '{ rule: { sql: "select id, amount * 2 as twice from t.it" }, where: twice > 20, name: sql where of its own }',
    name: 'sql where of its own',
    finds: [4],
  },
  {
    column: 'person',
    check: '{ rule: { refers: t.people.id }, where: it.id > 3, name: of it }',
    name: 'of it',
    finds: [4],
  },
  // A comment ends with its line, and two spaces in a text are two.
  {
    check: '{ rule: { sql: "from t.it -- of\\nwhere id > 2" }, name: sql in lines }',
    name: 'sql in lines',
    finds: [3, 4],
  },
  { check: '{ expression: "id <> 3 -- never\\n" }', name: 'id <> 3 -- never', finds: [3] },
  { check: '{ expression: "id <> 4 -- never" }', name: 'id <> 4 -- never', finds: [4] },
  { check: '{ rule: { expression: id < 4 }, where: "id > 1 -- some", name: some }', name: 'some', finds: [4] },
  { column: 'text', check: "{ in: ['2026-01-01', 'no  date'] }", name: 'text in 2026-01-01, no  date', finds: [] },
]
const ofTable = [
  ['{ rows: { min: 4, max: 4 } }', 'has exactly 4 rows', 0, [{ rows: 4 }]],
  ['{ rows: { min: 5 } }', 'has at least 5 rows', 1, [{ rows: 4 }]],
  ['{ rule: { rows: { max: 1 } }, where: "id > 2", name: few }', 'few', 1, [{ rows: 2 }]],
  ['{ fresh: 1d, by: day }', 'day is fresher than 1d', 1, [{ newest: '2026-01-04' }]],
  ['{ rule: { fresh: 1d, by: seen }, name: just now }', 'just now', 0, [{ newest: '2999-01-01T00:00:00Z' }]],
  [
    '{ rule: { fresh: 1d, by: seen }, where: "id = 2", name: long ago }',
    'long ago',
    1,
    [{ newest: '2026-01-01T00:00:00Z' }],
  ],
] as const

/** Rows 1 and 3 break each of these; asked only of the first two, row 1 does. The key of each pair occurs twice, but one
 * that is missing never does. */
const ofSome: readonly Omit<Case, 'name'>[] = [
  { column: 'word', check: 'not_null', finds: [1] },
  { column: 'code', check: 'unique', finds: [1, 2] },
  { column: 'word', check: 'unique', finds: [] },
  { check: '{ unique: [code, same] }', finds: [1, 2] },
  { column: 'amount', check: '{ min: 0 }', finds: [1] },
  { column: 'size', check: '{ max: 20 }', finds: [1] },
  { column: 'state', check: '{ in: [paid, open] }', finds: [1] },
  { column: 'note', check: "{ match: '[a-z]+' }", finds: [1] },
  { column: 'person', check: '{ refers: t.people.id }', finds: [1] },
  { column: 'text', check: '{ type: date }', finds: [1] },
  { column: 'amount', check: "{ expression: 'amount >= 0' }", finds: [1] },
]

const nameOf = ({ column, check }: (typeof ofSome)[number]): string =>
  `${column ?? 'table'} ${check}`.replaceAll("'", '')

const rowsOfSome = `select * from (values
  (1, 'a', 0, null, -1, 50, 'lost', 'One', 9, 'no date'),
  (2, 'a', 0, 'x',   1,  5, 'paid', 'two', 1, '2026-01-01'),
  (3, 'b', 0, null, -1, 50, 'lost', 'One', 9, 'no date'),
  (4, 'b', 0, 'x',   1,  5, 'open', 'two', 1, '2026-01-01')
) as v(id, code, same, word, amount, size, state, note, person, text)`

/** A table with these checks: of its columns, and of the whole. */
function header(checks: readonly { readonly column?: string; readonly check: string }[]): string {
  const columns = [...Map.groupBy(checks, (one) => one.column)].flatMap(([column, own]) => {
    return column === undefined
      ? []
      : `  ${column}:\n    checks:${own.map(({ check }) => `\n      - ${check}`).join('')}`
  })
  const rest = checks.filter(({ column }) => column === undefined).map(({ check }) => `  - ${check}`)
  return `write: replace\ncolumns:\n${columns.join('\n')}\nchecks:\n${rest.join('\n')}`
}

/** As warnings: all are tried, and the table is published. */
const whole = [...cases, ...ofTable.map(([check]) => ({ check }))].map((one) => ({
  ...one,
  check: one.check.startsWith('{ rule:')
    ? one.check.replace(/ \}$/, ', on: warn }')
    : `{ rule: ${one.check}, on: warn }`,
}))

/** By a condition that has an `or`: what is put around it must not tear it apart. */
const partly = ofSome.map((one) => ({
  ...one,
  check: `{ rule: ${one.check}, where: id < 3 or id = 2, name: "${nameOf(one)}", on: warn }`,
}))

const rows = `select * from (values
  (1, 'a',  10, date '2026-01-01', 'paid', 'one',  1, '2026-01-01', timestamptz '2999-01-01 00:00:00Z'),
  (2, 'a', -10, date '2026-01-02', 'open', 'two',  1, 'no  date',   timestamptz '2026-01-01 00:00:00Z'),
  (3, null, 10, date '2026-01-03', 'lost', null,   null, null,      null),
  (4, null, 50, date '2026-01-04', null,   'Four', 9, '2026-01-01', null)
) as v(id, code, amount, day, state, note, person, text, seen)`

let lab: Lab
const results = new Map<string, CheckResult>()
beforeAll(async () => {
  lab = new Lab(
    makeProject({
      'tables/t/people.sql': model('write: replace', 'select 1 as id union all select 2'),
      'tables/t/it.sql': model(header(whole), rows),
      'tables/t/some.sql': model(header(partly), rowsOfSome),
      'tables/t/it_checks.ts': `import { defineCheck } from 'millrace'
export const even = defineCheck({
  name: 'ids are even', table: 't.it', on: 'warn',
  async *run(rows) {
    for await (const row of rows) if (Number(row['id']) % 2 !== 0) yield row
  },
})\n`,
    }),
  )
  const ran = await lab.run({
    onEvent: (event) => {
      if (event.type === 'check.ended') results.set(event.result.check, event.result)
    },
  })
  if (ran.status !== 'ok') throw new Error(said(ran).join(' '))
})
afterAll(async () => {
  await lab.close()
  removeProjects()
})

const ids = (found: readonly Row[]): readonly unknown[] =>
  found.map((row) => Number(row['id'])).toSorted((a, b) => a - b)

describe('a check', () => {
  test.for(cases.map((one) => [one.name, one] as const))('%s', async ([name, { finds }]) => {
    const result = results.get(name)
    if (result === undefined) throw new Error(`not tried; only ${[...results.keys()].join('; ')}`)
    expect({ failed: result.failed, rows: result.rows, sample: ids(result.sample) }).toEqual({
      failed: finds.length,
      rows: 4,
      sample: finds,
    })
    expect(ids(await lab.rows(result.query))).toEqual(finds)
    // What a select of the user's finds need not be rows of the table.
    expect(result.of).toBe(/sql/i.test(name) ? 'found' : undefined)
  })

  test.for(ofTable.map((one) => [one[1], one[2], one[3]] as const))('%s: %s', async ([name, failed, shown]) => {
    const result = results.get(name)
    expect(result).toMatchObject({ failed, rows: 4, of: 'table' })
    expect(await lab.rows(result?.query ?? '')).toEqual(shown)
  })

  test.for(ofSome.map((one) => [nameOf(one), one] as const))(
    'looks only at the rows that its `where` names: %s',
    async ([name, { finds }]) => {
      const result = results.get(name)
      if (result === undefined) throw new Error(`not tried; only ${[...results.keys()].join('; ')}`)
      expect([result.failed, ids(result.sample)]).toEqual([finds.length, finds])
      expect(ids(await lab.rows(result.query))).toEqual(finds)
    },
  )

  test('in TypeScript gets the rows and answers with those that break it', () => {
    const result = results.get('ids are even')
    expect(result).toMatchObject({ failed: 2, rows: 4, on: 'warn' })
    expect(ids(result?.sample ?? [])).toEqual([1, 3])
  })
})

test('all checks of a table are asked in one scan of it', async () => {
  const checks = ['not_null', 'unique', '{ min: 1 }', '{ max: 4 }', '{ in: [1, 2, 3, 4] }']
  await lab.edit({
    'tables/t/sound.sql': model(
      `write: replace\ncolumns: { id: { checks: [${checks.join(', ')}] } }\nchecks: [{ rows: { min: 4 } }, { unique: [id, day] }]`,
      'select id, day from t.it',
    ),
  })
  expect(said(await lab.run())).toEqual(['ok'])
  const workspace = await lab.workspace()
  const output = workspace.graph.nodes.get('t.sound')?.outputs['t.sound']
  if (output === undefined) throw new Error('t.sound is not there')
  const session = await workspace.session()
  const asked: string[] = []
  const read: typeof session.read = (query, cancel) => {
    asked.push(query.sql)
    return session.read(query, cancel)
  }
  const pins = await pinsAt(workspace.lakehouse, undefined)
  const found = await runChecks(workspace, { ...session, read }, pins, 't.sound', output)
  expect(found.map((one) => [one.failed, one.rows])).toEqual(Array.from({ length: 7 }, () => [0, 4]))
  expect(asked).toHaveLength(1)
})

test('quarantine takes every row that breaks a rule out, with the first that it breaks, and a warning takes none', async () => {
  await lab.edit({
    'tables/t/kept.sql': model(
      `write: replace
columns:
  id: { checks: [{ rule: { max: 3 }, on: quarantine }] }
  note: { checks: [{ rule: not_null, on: quarantine, where: "id < 4" }, { rule: { in: [one] }, on: warn }] }
checks:
  - { rule: { expression: "day <> '2026-01-02'" }, on: quarantine, name: not that day }`,
      'select id, note, day from t.it',
    ),
  })
  const ran = await lab.run()
  expect(said(ran)).toEqual(['ok'])
  expect(await lab.rows('select id from t.kept')).toEqual([{ id: 1 }])
  const rejects = await lab.rows('select "column", reason, raw, run from t.kept__rejects order by reason')
  expect(rejects).toEqual([
    { column: 'id', reason: 'id <= 3', raw: '{"id":4,"note":"Four","day":"2026-01-04"}', run: ran.run },
    { column: '', reason: 'not that day', raw: '{"id":2,"note":"two","day":"2026-01-02"}', run: ran.run },
    { column: 'note', reason: 'note is not null', raw: '{"id":3,"note":null,"day":"2026-01-03"}', run: ran.run },
  ])
})
