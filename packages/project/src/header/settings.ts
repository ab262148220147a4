import type { ColumnSpec } from '@millrace/core'
import {
  any,
  boolean,
  choice,
  dataType,
  either,
  list,
  map,
  number,
  object,
  oneOrMore,
  scalar,
  type Keys,
  type Schema,
  text,
} from '../schema/schema.ts'

const column = text('a column')
const columns = oneOrMore(column, 'a column or a list of columns')
const table: Schema = text('a table such as silver.orders', { pattern: /^[^.\s]+\.[^.\s]+$/ })
const duration = text('a time such as 30s, 15m, 6h or 2d', { pattern: /^\d+(\.\d+)?\s*(ms|s|m|h|d|w)$/ })

/** One column stays text, several a list. */
const key: Schema =
  columns.kind === 'list' ? { ...columns, store: (of: readonly string[]) => (of.length === 1 ? of[0] : of) } : columns

const write = either(
  [
    choice(['view', 'append', 'replace']),
    object({ interval: column }, 'interval: column', { needs: ['interval'] }),
    object({ merge: key, newest: column }, 'merge: key', { needs: ['merge'] }),
    object({ history: key, type: choice([1, 2]), changedAt: column, track: columns }, 'history: key', {
      needs: ['history'],
      store: (value: object) => ({ type: 2, ...value }),
    }),
  ],
  'view, append, replace, { interval: column }, { merge: key } or { history: key }',
  { note: 'How new rows meet old ones.' },
)

const onFailure = choice(['block', 'warn', 'quarantine'], { note: 'What a broken promise does; block without it.' })

const columnRules: readonly Schema[] = [
  choice(['not_null', 'unique']),
  object({ min: scalar('a value') }, 'min: value', { needs: ['min'] }),
  object({ max: scalar('a value') }, 'max: value', { needs: ['max'] }),
  object({ in: list(scalar('a value'), 'a list of values') }, 'in: [values]', { needs: ['in'] }),
  object({ match: text('a regular expression') }, 'match: expression', { needs: ['match'] }),
  object(
    { refers: text('a column such as silver.customers.id', { pattern: /^[^.]+\.[^.]+\.[^.]+$/ }) },
    'refers: table.column',
    {
      needs: ['refers'],
    },
  ),
  object({ type: text('a type') }, 'type: type', { needs: ['type'] }),
  object({ expression: text('a condition in SQL') }, 'expression: condition', { needs: ['expression'] }),
]

const rowCounts = object(
  { min: number('a count', { least: 0, whole: true }), max: number('a count', { least: 0, whole: true }) },
  'min and max',
)

const tableRules: readonly Schema[] = [
  object({ unique: list(column, 'a list of columns') }, 'unique: [columns]', { needs: ['unique'] }),
  object({ rows: rowCounts }, 'rows: { min, max }', { needs: ['rows'] }),
  object({ fresh: duration, by: column }, 'fresh: time, by: column', { needs: ['fresh', 'by'] }),
  object({ expression: text('a condition in SQL') }, 'expression: condition', { needs: ['expression'] }),
  object({ sql: text('a select of the rows that break it') }, 'sql: select', { needs: ['sql'] }),
]

/** A bare rule, or a rule with what follows from it. */
function checksOf(rules: readonly Schema[], expected: string): Schema {
  const full = object(
    { rule: either(rules, expected), on: onFailure, where: text('a condition in SQL'), name: text('a name') },
    'rule: ...',
    {
      needs: ['rule'],
    },
  )
  return list(either([...rules, full], expected), 'a list of checks')
}

const columnChecks = checksOf(
  columnRules,
  'not_null, unique, { min }, { max }, { in }, { match }, { refers }, { expression } or { rule, on, where }',
)
const tableChecks = checksOf(
  tableRules,
  '{ unique }, { rows }, { fresh, by }, { expression }, { sql } or { rule, on, where }',
)

/** What is said of one column; its type alone may stand for it. */
const columnSpec = either(
  [
    dataType({ store: (type: ColumnSpec['type']) => ({ type }) }),
    object(
      {
        type: dataType({ note: 'Stored as this type; without it the type of the query.' }),
        required: boolean({ note: 'Whether the column may hold no null.' }),
        was: text('a name', { note: 'The name before a rename: the column keeps its identity.' }),
        checks: columnChecks,
        note: text('a text'),
        privacy: choice(['personal', 'secret'], { note: 'Kept with the definition; nothing acts on it yet.' }),
      },
      'a type or { type, required, was, checks, note, privacy }',
    ),
  ],
  'a type or { type, required, was, checks, note, privacy }',
)

const trigger = either(
  [
    object(
      { cron: text('a cron expression'), zone: text('a time zone'), catchUp: boolean() },
      '{ cron, zone, catchUp }',
      { needs: ['cron'] },
    ),
    object({ after: oneOrMore(table, 'tables') }, '{ after: tables }', { needs: ['after'] }),
    object({ manual: choice([true]) }, '{ manual: true }', { needs: ['manual'] }),
  ],
  '{ cron }, { after } or { manual: true }',
)

const readMode: Schema = choice(['all', 'interval', 'changes'])

const contract = object({ owner: text('an owner'), columns: list(column, 'a list of columns') }, '{ owner, columns }', {
  needs: ['owner', 'columns'],
})

const test = object(
  {
    name: text('a name'),
    given: map(list(any('a row'), 'a list of rows'), 'rows per table'),
    params: map(any('a value'), 'values of parameters'),
    expect: list(any('a row'), 'a list of rows'),
    ordered: boolean(),
  },
  '{ name, given, params, expect }',
  { needs: ['name', 'given', 'expect'] },
)

/** Settings of any table. */
export const tableSettings: Keys = {
  write,
  partition: oneOrMore(
    text('a column or day(column), bucket(16, column), ...'),
    'a list of columns or transforms of columns',
  ),
  sort: columns,
  columns: map(columnSpec, 'columns and what is said of them'),
  checks: tableChecks,
  contract,
  format: choice(['iceberg']),
  compression: choice(['zstd', 'snappy', 'gzip', 'uncompressed']),
  keep: object({ versions: number('a count', { least: 1, whole: true }), history: duration }, '{ versions, history }'),
}

/** Settings of any definition. */
export const definitionSettings: Keys = {
  note: text('a text', { note: 'What the table is for.' }),
  owner: text('an owner'),
  tags: oneOrMore(text('a word'), 'a list of words'),
  when: trigger,
  retry: object({ times: number('a count', { least: 0, whole: true }), wait: duration }, '{ times, wait }', {
    needs: ['times', 'wait'],
  }),
}

/** Settings of models that fill intervals, and of models' tests. */
export const modelSettings: Keys = {
  start: text('a date such as 2026-01-31'),
  grain: choice(['hour', 'day', 'month', 'year']),
  lookback: number('a count of intervals', { least: 0, whole: true }),
  forwardOnly: boolean(),
  tests: list(test, 'a list of tests'),
}

/** The header of a SQL file. */
export const headerSchema: Schema = object(
  { ...tableSettings, ...definitionSettings, ...modelSettings, reads: map(readMode, 'tables and how they are read') },
  'settings of a model',
)

/** The file beside a seed. */
export const seedSchema: Schema = object({ ...tableSettings, ...definitionSettings }, 'settings of a seed', {
  needs: ['columns'],
})

export { readMode, table }
