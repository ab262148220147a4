import { expect, test } from 'vitest'
import { readYaml, splitSqlFile } from '../src/header/read-header.ts'
import { headerSchema } from '../src/header/settings.ts'
import { jsonSchemaOf } from '../src/schema/json-schema.ts'

const settings = (yaml: string): Readonly<Record<string, unknown>> => {
  const { value, mistakes } = readYaml(yaml, headerSchema, 'the header')
  expect(mistakes).toEqual([])
  return value
}

test('the header is the first comment, and the select stands after it', () => {
  const text = '-- a note\n\n/* millrace\nwrite: replace\n*/\n\nselect 1 as x;\n\n'
  const { header, sql, offset } = splitSqlFile(text)
  expect(header?.text).toBe('\nwrite: replace\n')
  expect(text.slice(header?.offset, (header?.offset ?? 0) + 3)).toBe('\nwr')
  expect([sql, text.indexOf('select')]).toEqual(['select 1 as x', offset])
})

test.each([
  ['select 1 as x', 'select 1 as x'],
  ['/* an ordinary comment */ select 1 as x', '/* an ordinary comment */ select 1 as x'],
  ['/* millraces are old */ select 1 as x', '/* millraces are old */ select 1 as x'],
])('%s has no header', (text, sql) => {
  expect(splitSqlFile(text)).toEqual({ header: null, sql, offset: 0 })
})

test('every setting arrives in the form that the core knows', () => {
  const value = settings(`
write: { history: [id], changedAt: updated_at }
partition: month(ordered_at)
sort: [id, day]
columns:
  id: int64
  amount: { type: 'decimal(12,2)', required: true, was: sum, checks: [not_null, { min: 0 }, { rule: { max: 9007199254740993 }, on: warn, where: id > 1 }], privacy: personal }
  info: { note: just a note }
checks:
  - unique: [id, day]
  - rows: { min: 1 }
  - { fresh: 6h, by: updated_at }
  - { rule: { sql: select 1 }, on: quarantine, name: odd }
contract: { owner: sales, columns: [id] }
note: Orders
owner: sales
tags: daily
when: { cron: '0 6 * * *', zone: Europe/Berlin }
start: 2026-01-31
grain: day
lookback: 2
forwardOnly: true
reads: { bronze.orders: changes, bronze.people: all }
compression: zstd
keep: { versions: 5, history: 30d }
retry: { times: 3, wait: 30s }
tests: [{ name: one, given: { bronze.orders: [{ id: 1 }] }, expect: [{ id: 1 }] }]
`)
  expect(value).toEqual({
    write: { type: 2, history: 'id', changedAt: 'updated_at' },
    partition: ['month(ordered_at)'],
    sort: ['id', 'day'],
    columns: {
      id: { type: 'int64' },
      amount: {
        type: 'decimal(12,2)',
        required: true,
        was: 'sum',
        checks: ['not_null', { min: 0 }, { rule: { max: 9007199254740993n }, on: 'warn', where: 'id > 1' }],
        privacy: 'personal',
      },
      info: { note: 'just a note' },
    },
    checks: [
      { unique: ['id', 'day'] },
      { rows: { min: 1 } },
      { fresh: '6h', by: 'updated_at' },
      { rule: { sql: 'select 1' }, on: 'quarantine', name: 'odd' },
    ],
    contract: { owner: 'sales', columns: ['id'] },
    note: 'Orders',
    owner: 'sales',
    tags: ['daily'],
    when: { cron: '0 6 * * *', zone: 'Europe/Berlin' },
    start: '2026-01-31',
    grain: 'day',
    lookback: 2,
    forwardOnly: true,
    reads: { 'bronze.orders': 'changes', 'bronze.people': 'all' },
    compression: 'zstd',
    keep: { versions: 5, history: '30d' },
    retry: { times: 3, wait: '30s' },
    tests: [{ name: 'one', given: { 'bronze.orders': [{ id: 1 }] }, expect: [{ id: 1 }] }],
  })
})

test.each([
  ['view', 'view'],
  ['{ interval: day }', { interval: 'day' }],
  ['{ merge: id, newest: at }', { merge: 'id', newest: 'at' }],
  ['{ merge: [id, day], newest: day }', { merge: ['id', 'day'], newest: 'day' }],
  ['{ history: id, type: 1 }', { history: 'id', type: 1 }],
])('write: %s', (yaml, want) => {
  expect(settings(`write: ${yaml}`)).toEqual({ write: want })
})

/** `code text [candidates]`, where text is what the place covers. */
function mistakesOf(yaml: string): readonly string[] {
  return readYaml(yaml, headerSchema, 'the header').mistakes.map(({ code, span, candidates }) => {
    const covered = span === null ? '' : yaml.slice(...span)
    return `${code} ${covered}${candidates === undefined ? '' : ` [${candidates.join()}]`}`
  })
}

test.each([
  ['writ: view', ['project/unknown-key writ [write]']],
  ['write: vieww', ['project/wrong-value vieww [view]']],
  ['write: { merge: id, newst: at }', ['project/unknown-key newst [newest]']],
  ['write: { newest: at }', ['project/missing-key { newest: at }']],
  // A misspelled key is one mistake: what it should have been is not missing besides.
  ['write: { marge: id }', ['project/wrong-value { marge: id } [merge]']],
  ['checks: [{ uniqe: [id] }]', ['project/wrong-value { uniqe: [id] } [unique]']],
  // Nothing would say how old the rows are.
  ['checks: [{ fresh: 2d }]', ['project/missing-key { fresh: 2d }']],
  ['checks: [{ refers: a.b.c }]', ['project/wrong-value { refers: a.b.c }']],
  ['columns: { id: { checks: [{ min: 0, on: warn }] } }', ['project/unknown-key on']],
  ['when: { crn: daily, zone: UTC }', ['project/unknown-key crn [cron]']],
  ['contract: { ownr: me, columns: [id] }', ['project/unknown-key ownr [owner]']],
  ['contract: { owner: me, columns: [id], freshness: 6h }', ['project/unknown-key freshness']],
  ['reads: { a.b: { asOf: day } }', ['project/wrong-value { asOf: day }']],
  ['columns: { id: integer }', ['project/unknown-type integer']],
  ['columns: { id: in64, toString: 5 }', ['project/unknown-type in64 [int64,int8,uint64]', 'project/wrong-value 5']],
  ['columns: { id: { typ: int64 } }', ['project/unknown-key typ [type]']],
  ['columns: { id: { checks: [not_nul] } }', ['project/wrong-value not_nul [not_null]']],
  ['columns: { id: { checks: not_null } }', ['project/wrong-value not_null']],
  [
    'grain: weekly\nlookback: -1\nnote: [a]',
    ['project/wrong-value weekly', 'project/wrong-value -1', 'project/wrong-value [a]'],
  ],
  ['note: a\nnote: b', ['project/twice note']],
  ['constructor: 1', ['project/unknown-key constructor']],
  ['just words', ['project/wrong-value just words']],
  ['write: "view', ['project/yaml ']],
  ['write: {view', ['project/yaml ']],
  ["note: it's fine: really", ['project/yaml : ']],
])('%s', (yaml, want) => {
  const told = mistakesOf(yaml).map((one) => (one.startsWith('project/yaml') ? one.slice(0, 13) : one))
  expect(told).toEqual(want.map((one) => (one.startsWith('project/yaml') ? one.slice(0, 13) : one)))
})

test('a rule that lacks its main part is dropped, and what stands around it is kept', () => {
  const { value, mistakes } = readYaml(
    'checks: [{ by: at }, { unique: [id] }]\ncolumns: { id: { note: kept, checks: [{ rule: {} }, not_null] } }',
    headerSchema,
    'the header',
  )
  expect(mistakes.map((one) => one.code)).toEqual(['project/missing-key', 'project/wrong-value'])
  expect(value).toEqual({ checks: [{ unique: ['id'] }], columns: { id: { note: 'kept', checks: ['not_null'] } } })
})

test("the editors' schema is closed and knows every setting", () => {
  const schema = jsonSchemaOf(headerSchema)
  expect(schema['additionalProperties']).toBe(false)
  expect(Object.keys(schema['properties'] as object)).toEqual(
    expect.arrayContaining(['write', 'columns', 'checks', 'reads', 'tests', 'keep']),
  )
  expect((schema['properties'] as Record<string, unknown>)['grain']).toEqual({
    enum: ['hour', 'day', 'month', 'year'],
    description: 'one of hour, day, month, year',
  })
})
