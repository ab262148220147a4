// Which tables hold rows that their inputs may not tell any more, by what the binder says of real SQL.
import { createHash } from 'node:crypto'
import { type Columns, compile, type Definition, type Hash, type TableName, type WriteMode } from '@millrace/core'
import { describe, expect, test } from 'vitest'
import { inProcess, readModels } from './binding.ts'

const binder = await inProcess()

const rows: Columns = { id: { type: 'int64' }, name: { type: 'string' }, seen: { type: 'int64' } }
const labels: Columns = { name: { type: 'string' }, label: { type: 'string' }, id: { type: 'int64' } }
const sources: readonly (readonly [name: TableName, write: WriteMode, columns: Columns])[] = [
  ['raw.rows', 'append', rows],
  ['raw.current', 'replace', rows],
  ['raw.labels', 'append', labels],
  ['raw.looked', 'replace', labels],
]

interface Model {
  readonly sql: string
  readonly write?: WriteMode
  readonly reads?: Readonly<Record<TableName, 'all' | 'changes'>>
}

const hash = (text: string): Hash => createHash('sha256').update(text).digest('hex').slice(0, 16) as Hash
const merge: WriteMode = { merge: 'id' }
const history: WriteMode = { history: 'id', type: 2, changedAt: 'seen' }

/** Whether `t.it` can be made again. */
async function replayOf(models: Readonly<Record<TableName, Model>>): Promise<string | undefined> {
  const texts = Object.fromEntries(Object.entries(models).map(([name, { sql }]) => [name, sql]))
  const facts = await readModels(binder, texts, new Map(sources.map(([name, , columns]) => [name, columns])))
  const definitions: readonly Definition[] = [
    ...sources.map(([name, write, columns]): Definition => {
      return { kind: 'source', name, connector: 'files', config: {}, tables: { [name]: { write, columns } } }
    }),
    ...Object.entries(models).map(([name, { sql, write = 'view', reads }]): Definition => {
      return { kind: 'model', name, tables: { [name]: { write } }, body: { sql, offset: 0 }, ...(reads && { reads }) }
    }),
  ]
  const { graph, issues } = compile({ name: 'p', environments: {}, definitions, origins: {} }, facts, 'r', hash)
  expect(issues).toEqual([])
  return graph.nodes.get('t.it')?.replay
}

const lastOf = 'qualify row_number() over (partition by id order by seen desc) = 1'
const newest = 'select id, name, seen from raw.rows where seen = (select max(seen) from raw.rows)'
const joined = 'select r.id, r.name, label, seen from raw.rows r join raw.looked d on d.name = r.name'
const meeting = 'select id, name, seen from raw.rows where name in (select name from raw.looked)'

describe('a merge', () => {
  test.each<readonly [what: string, Readonly<Record<TableName, Model>>]>([
    ['over a source that is loaded anew', { 't.it': { sql: 'select id, name from raw.current', write: merge } }],
    [
      'that looks up what stays',
      { 't.it': { sql: 'select r.id, label from raw.current r left join raw.labels using (name)', write: merge } },
    ],
    [
      'over a union with it',
      {
        't.all': { sql: 'select id, name from raw.rows union all select id, name from raw.current' },
        't.it': { sql: 'select id, name from t.all', write: merge },
      },
    ],
    ['of the newest', { 't.it': { sql: newest, write: merge } }],
    [
      'over the newest',
      { 't.newest': { sql: newest, write: 'replace' }, 't.it': { sql: 'select * from t.newest', write: merge } },
    ],
    ['that has to meet a lookup', { 't.it': { sql: joined, write: merge } }],
    ['that has to be in one', { 't.it': { sql: meeting, write: merge } }],
    [
      'over what has to be in one',
      { 't.met': { sql: meeting, write: 'replace' }, 't.it': { sql: 'select * from t.met', write: merge } },
    ],
    [
      'of one of many that are equal by an expression',
      { 't.it': { sql: `select id, name from raw.rows ${lastOf.replace('by id', 'by id % 2')}`, write: merge } },
    ],
    [
      'by the one value of a lookup',
      {
        't.it': {
          sql: "select id from raw.rows where seen > (select id from raw.looked where name = 'x')",
          write: merge,
        },
      },
    ],
    ['by a maximum', { 't.it': { sql: 'select max(id) as id, name from raw.rows group by name', write: merge } }],
    [
      'by what a window gives',
      {
        't.it': {
          sql: 'select first_value(id) over (partition by name order by seen) as id from raw.rows',
          write: merge,
        },
      },
    ],
    [
      'by what is looked up',
      {
        't.it': {
          sql: 'select coalesce(d.id, r.id) as id from raw.rows r left join raw.labels d on d.name = r.name',
          write: merge,
        },
      },
    ],
    [
      'by what another merge overwrites',
      {
        't.named': { sql: 'select id, name from raw.rows', write: merge },
        't.it': { sql: 'select name, id from t.named', write: { merge: 'name' } },
      },
    ],
  ])('%s holds more than its inputs', async (_, models) => {
    expect(await replayOf(models)).toBe('never')
  })

  test.each<readonly [what: string, Readonly<Record<TableName, Model>>]>([
    ['of all rows', { 't.it': { sql: 'select id, upper(name) as name from raw.rows', write: merge } }],
    ['of the last of each key', { 't.it': { sql: `select id, name from raw.rows ${lastOf}`, write: merge } }],
    ['of sums by key', { 't.it': { sql: 'select id, sum(seen) as n from raw.rows group by id', write: merge } }],
    [
      'over the last of each key',
      {
        't.last': { sql: 'select distinct on (id) id, name from raw.rows order by seen desc' },
        't.it': { sql: 'select id, name from t.last', write: merge },
      },
    ],
    [
      'that looks up what is loaded anew',
      { 't.it': { sql: 'select r.id, label from raw.rows r left join raw.looked using (name)', write: merge } },
    ],
    [
      'over another of the same key',
      {
        't.named': { sql: 'select id, name from raw.rows', write: merge },
        't.it': { sql: 'select id, name from t.named', write: merge },
      },
    ],
  ])('%s can be made again', async (_, models) => {
    expect(await replayOf(models)).toBe('pure')
  })
})

test('an append holds more where what it looks up has to be met, and not where that is only shown', async () => {
  const reads = { 'raw.looked': 'all' } as const
  expect(await replayOf({ 't.it': { sql: joined, write: 'append', reads } })).toBe('never')
  const shown = joined.replace('join', 'left join')
  expect(await replayOf({ 't.it': { sql: shown, write: 'append', reads } })).toBe('pure')
})

test('a history can be made again from views and tables of all rows, and not from what is overwritten', async () => {
  const over = (below: string, write: WriteMode): Readonly<Record<TableName, Model>> => ({
    't.below': { sql: below, write },
    't.it': { sql: 'select id, name, seen from t.below', write: history },
  })
  const all = 'select id, name, seen from raw.rows'
  expect(await replayOf(over(all, 'view'))).toBe('from-inputs')
  expect(await replayOf(over(all, 'replace'))).toBe('from-inputs')
  expect(await replayOf(over(all, merge))).toBe('never')
  expect(await replayOf(over(all.replace('rows', 'current'), 'view'))).toBe('never')
  expect(await replayOf(over(newest, 'view'))).toBe('never')
})
