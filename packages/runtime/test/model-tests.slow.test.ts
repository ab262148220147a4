// Unit tests of models: what passes, what fails with what difference, and what cannot be a test.
import { runModelTests, type TestResult } from '@millrace/runtime'
import { afterAll, expect, test } from 'vitest'
import { withWorkspace } from './support/bench.ts'
import { csvSource, makeProject, model, removeProjects } from './support/project.ts'

afterAll(removeProjects)

const source = csvSource('raw.rows', { id: 'int64', code: 'string', amount: 'decimal(12,2)', moment: 'timestamptz' })

/** Runs the tests of one model over `raw.rows`; nothing was ever landed there. */
async function results(select: string, tests: string, write = 'replace'): Promise<readonly TestResult[]> {
  const root = makeProject({
    'tables/raw/rows.ts': source,
    'tables/t/it.sql': model(`write: ${write}\ntests:\n${tests}`, select),
  })
  return await withWorkspace(root, undefined, async (workspace) =>
    runModelTests(workspace, new Set(['t.it']), await workspace.session()),
  )
}

const outcome = (all: readonly TestResult[]): readonly unknown[] =>
  all.map(({ test: name, passed, missing, extra, problem }) => [name, passed ? 'ok' : { missing, extra, problem }])

test('values compare as the types that the model gives, however a test writes them', async () => {
  const all = await results(
    'select id, code, amount * 2 as amount, moment, [id] as ids from raw.rows',
    `  - name: many spellings
    given:
      raw.rows:
        - { id: 9007199254740993, code: '007', amount: 10.50, moment: '2026-01-01T01:00:00+01:00' }
        - { ID: 2 }
    expect:
      - { id: 2, code: null, amount: null, moment: null, ids: [2] }
      - { ID: '9007199254740993', code: '007', amount: 21, moment: '2026-01-01T00:00:00Z', ids: ['9007199254740993'] }
  - name: a digit that a double would lose
    given: { raw.rows: [{ id: 9007199254740993, amount: 0.01 }] }
    expect: [{ id: '9007199254740992', amount: '0.02' }]
  - name: a text is no number
    given: { raw.rows: [{ code: '007' }] }
    expect: [{ code: '7' }]`,
  )
  expect(outcome(all)).toEqual([
    ['many spellings', 'ok'],
    [
      'a digit that a double would lose',
      {
        missing: [{ id: '9007199254740992', amount: '0.02' }],
        extra: [{ id: '9007199254740993', amount: '0.02' }],
        problem: null,
      },
    ],
    ['a text is no number', { missing: [{ code: '7' }], extra: [{ code: '007' }], problem: null }],
  ])
})

test('a decimal has all the digits that a test writes', async () => {
  const all = await results(
    'select 1234567890.0123456789::decimal(38,10) as amount',
    `  - { name: the same, given: {}, expect: [{ amount: 1234567890.0123456789 }] }
  - { name: the last differs, given: {}, expect: [{ amount: 1234567890.0123456788 }] }`,
  )
  expect(all.map((one) => [one.test, one.passed])).toEqual([
    ['the same', true],
    ['the last differs', false],
  ])
})

test('order counts where a test says so, and parameters have the values that it gives', async () => {
  const given = `given: { raw.rows: [{ id: 1, moment: '2026-01-01T00:00:00Z' }, { id: 2, moment: '2026-01-02T12:00:00Z' }] }`
  const all = await results(
    'select id, moment from raw.rows where moment >= $from and moment < $to order by id desc',
    `  - { name: one day, ${given}, params: { from: 2026-01-02, to: 2026-01-03 }, expect: [{ id: 2 }] }
  - { name: any order, ${given}, params: { from: 2026-01-01, to: 2026-02-01 }, expect: [{ id: 1 }, { id: 2 }] }
  - { name: this order, ${given}, params: { from: 2026-01-01, to: 2026-02-01 }, ordered: true, expect: [{ id: 1 }, { id: 2 }] }
  - { name: nothing, ${given}, params: { from: 2027-01-01, to: 2027-02-01 }, expect: [] }
  - { name: not nothing, ${given}, params: { from: 2026-01-02, to: 2026-02-01 }, expect: [] }`,
    '{ interval: moment }',
  )
  expect(all.map((one) => [one.test, one.passed])).toEqual([
    ['one day', true],
    ['any order', true],
    ['this order', false],
    ['nothing', true],
    ['not nothing', false],
  ])
  expect(all[4]?.extra).toEqual([{ id: 2, moment: '2026-01-02T12:00:00Z' }])
})

test('a parameter that a test says nothing of is asked for', async () => {
  const all = await results(
    'select id, moment from raw.rows where moment >= $from and moment < $to',
    `  - { name: without, given: {}, expect: [] }
  - { name: half, given: {}, params: { from: 2026-01-02 }, expect: [] }`,
    '{ interval: moment }',
  )
  expect(all.map((one) => one.passed)).toEqual([false, false])
  expect(all.map((one) => one.problem)).toEqual([
    expect.stringContaining('model/test-params: The test `without` of t.it needs `params: { from, to }`'),
    expect.stringContaining('model/test-params: The test `half` of t.it needs `params: { to }`'),
  ])
})

test('a column that is none and a value that is none are told, not passed over', async () => {
  const all = await results(
    'select id, amount from raw.rows',
    `  - { name: expects another, given: { raw.rows: [{ id: 1 }] }, expect: [{ idd: null }] }
  - { name: gives another, given: { raw.rows: [{ idd: 1 }] }, expect: [{ id: null }] }
  - { name: no number, given: { raw.rows: [{ id: 1 }] }, expect: [{ id: one }] }
  - { name: too exact, given: { raw.rows: [{ amount: 1.005 }] }, expect: [{ id: null }] }`,
  )
  expect(all.map((one) => [one.test, one.passed])).toEqual(all.map((one) => [one.test, false]))
  expect(all.map((one) => one.problem)).toEqual([
    expect.stringContaining('t.it has no column idd'),
    expect.stringContaining('raw.rows has no column idd'),
    expect.stringContaining('"one" in t.it.id, and that is not a whole number'),
    expect.stringMatching(/1\.005.*amount/),
  ])
})

test('a function is run over the rows that are given, and one that throws fails its test at its place', async () => {
  const code = (body: string, more: string): string => `import { defineModel } from 'millrace'
export default defineModel({
  reads: ['raw.rows'],
  ${more}
  columns: { id: { type: 'int64' }, text: { type: 'string' } },
  async *run({ rows }) {
    ${body}
  },
})\n`
  const given = `{ 'raw.rows': [{ id: '1', code: 'a' }, { id: '1', code: 'b' }] }`
  const tests = `write: 'replace', tests: [
    { name: 'both', given: ${given}, expect: [{ id: '1', text: 'A' }, { id: '1', text: 'B' }], ordered: true },
    { name: 'another', given: ${given}, expect: [{ text: 'A' }, { text: 'C' }] },
    { name: 'nothing', given: {}, expect: [] },
    { name: 'params', given: {}, params: { from: '2026-01-01' }, expect: [] },
  ],`
  const upper = `for await (const { id, code } of rows('raw.rows')) yield { id, text: String(code).toUpperCase() }`
  const root = makeProject({
    'tables/raw/rows.ts': source,
    'tables/t/upper.ts': code(upper, tests),
    'tables/t/newest.ts': code(
      upper,
      `write: { merge: 'id', newest: 'text' }, tests: [{ name: 'one', given: ${given}, expect: [{ text: 'B' }] }],`,
    ),
    'tables/t/throws.ts': code(
      `throw new Error('no rates')`,
      `write: 'replace', tests: [{ name: 'throws', given: ${given}, expect: [] }],`,
    ),
  })
  const all = await withWorkspace(root, undefined, async (workspace) =>
    runModelTests(workspace, new Set(['t.upper', 't.newest', 't.throws']), await workspace.session()),
  )
  const byName = Object.fromEntries(all.map((one) => [one.test, one]))
  expect(all.filter((one) => one.passed).map((one) => one.test)).toEqual(
    expect.arrayContaining(['both', 'nothing', 'one']),
  )
  expect(byName['another']).toMatchObject({ passed: false, missing: [{ text: 'C' }], extra: [{ text: 'B' }] })
  expect(byName['params']?.issues).toMatchObject([{ code: 'model/test-params-unused', at: { line: 8 } }])
  expect(byName['throws']).toMatchObject({
    passed: false,
    problem: 'run/code-failed: tables/t/throws.ts failed while it ran: no rates',
    issues: [{ code: 'run/code-failed', at: { file: `${root}/tables/t/throws.ts`, line: 7 } }],
  })
})

test('a test gives what the table would hold: a merge keeps one row a key', async () => {
  const given = `given: { raw.rows: [{ id: 1, code: a, amount: 1 }, { id: 1, code: b, amount: 3 }, { id: 2, code: c }] }`
  const select = 'select id, code, amount from raw.rows'
  const newest = await results(
    select,
    `  - { name: newest, ${given}, expect: [{ id: 1, code: b }, { id: 2, code: c }] }`,
    '{ merge: id, newest: amount }',
  )
  expect(outcome(newest)).toEqual([['newest', 'ok']])
  const unclear = await results(
    select,
    `  - { name: whose, ${given}, expect: [{ id: 1 }] }
  - { name: no key, given: { raw.rows: [{ code: a }] }, expect: [{ code: a }] }
  - { name: nothing, given: {}, expect: [] }`,
    '{ merge: id }',
  )
  expect(unclear.map(({ passed, issues }) => [passed, issues.map(({ code, at }) => [code, at?.line])])).toEqual([
    [false, [['run/key-twice', 4]]],
    [false, [['run/key-missing', 5]]],
    [true, []],
  ])
})

test('a test gives what the table would hold: a history keeps the versions, with the columns that it adds', async () => {
  const at = (day: string, code: string): string => `{ id: 1, code: ${code}, moment: '2026-01-${day}T00:00:00Z' }`
  const all = await results(
    'select id, code, moment from raw.rows',
    `  - name: versions
    given: { raw.rows: [${at('03', 'b')}, ${at('01', 'a')}, ${at('02', 'a')}] }
    ordered: true
    expect:
      - { code: a, valid_from: '2026-01-01T00:00:00Z', valid_to: '2026-01-03T00:00:00Z', is_current: false }
      - { code: b, valid_from: '2026-01-03T00:00:00Z', valid_to: null, is_current: true }
  - { name: without its columns, given: { raw.rows: [${at('01', 'a')}] }, expect: [{ id: 1, code: a }] }`,
    '{ history: id, type: 2, changedAt: moment, track: code }',
  )
  expect(outcome(all)).toEqual([
    ['versions', 'ok'],
    ['without its columns', 'ok'],
  ])
})

test('a parameter that is no moment, and one that nothing uses, are told with their place', async () => {
  const bounded = await results(
    'select id, moment from raw.rows where moment >= $from and moment < $to',
    '  - { name: no day, given: {}, params: { from: yesterday, to: 2026-01-03 }, expect: [] }',
    '{ interval: moment }',
  )
  expect(bounded.flatMap(({ issues }) => issues)).toMatchObject([
    { code: 'model/bad-instant', params: { value: 'yesterday' }, at: { line: 4, column: 48 } },
  ])
  const free = await results(
    'select id from raw.rows',
    '  - { name: free, given: {}, params: { from: 2026-01-03 }, expect: [] }',
  )
  expect(free.flatMap(({ issues }) => issues)).toMatchObject([
    { code: 'model/test-params-unused', params: { names: ['from'] }, at: { line: 4 } },
  ])
})
