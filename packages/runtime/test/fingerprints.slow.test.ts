// What a change of SQL touches, read by DuckDB's own binder: exactly what depends on it, and nothing for how it is written.
import { compile, type Columns, type Definition, type Fingerprint, type TableName } from '@millrace/core'
import { hash } from '@millrace/runtime'
import { openSqlReader } from '@millrace/sql'
import { afterAll, describe, expect, test } from 'vitest'

const reader = openSqlReader()
afterAll(async () => await reader.close())

const columns: Columns = { id: { type: 'int64' }, amount: { type: 'int64' }, note: { type: 'string' } }

const before = {
  'silver.orders': 'select id, amount * 2 as twice, amount, note from raw.orders where amount > 0',
  'gold.sums': 'select id, sum(twice) as total, count(*) as n from silver.orders group by id',
  'gold.notes': 'select note from silver.orders',
  'gold.none': 'select 1 as one',
} as const

type Models = Readonly<Record<keyof typeof before, string>>

async function fingerprintsOf(models: Models): Promise<ReadonlyMap<string, Fingerprint>> {
  const texts = Object.entries(models) as [TableName, string][]
  const read = texts.map(([name, sql]) => ({ name, sql, file: `${name}.sql`, start: { line: 1, column: 1 } }))
  const facts = await reader.read(read, new Map([['raw.orders', columns]]))
  const definitions: readonly Definition[] = [
    {
      kind: 'source',
      name: 'raw.orders',
      connector: 'files',
      config: {},
      tables: { 'raw.orders': { write: 'append', columns } },
    },
    ...texts.map(([name, sql]): Definition => ({
      kind: 'model',
      name,
      tables: { [name]: { write: 'replace' } },
      body: { sql, offset: 0 },
    })),
  ]
  const project = { name: 'laws', environments: {}, definitions, origins: {} }
  const { graph, issues } = compile(project, facts, reader.version, hash)
  if (issues.length > 0) throw new Error(issues.map((one) => one.code).join(', '))
  const outputs = [...graph.nodes.values()].flatMap((node) => Object.entries(node.outputs))
  return new Map(outputs.map(([table, output]) => [table, output.fingerprint]))
}

/** The tables whose rows, and the columns whose values, mean something else. */
async function touchedBy(edit: Partial<Models>): Promise<readonly string[]> {
  const [then, now] = [await fingerprintsOf(before), await fingerprintsOf({ ...before, ...edit })]
  return [...now]
    .flatMap(([table, one]) => {
      const old = then.get(table)
      const values = Object.keys(one.columns).filter((name) => one.columns[name] !== old?.columns[name])
      return [...(one.rows === old?.rows ? [] : [table]), ...values.map((name) => `${table}.${name}`)]
    })
    .toSorted()
}

const orders = before['silver.orders']

describe('a change of meaning', () => {
  const cases: readonly (readonly [what: string, edit: Partial<Models>, touched: readonly string[]])[] = [
    [
      'an expression touches its column and those made of it',
      { 'silver.orders': orders.replace('amount * 2', 'amount * 3') },
      ['gold.sums.total', 'silver.orders.twice'],
    ],
    [
      'a filter touches the rows of everything below',
      { 'silver.orders': orders.replace('> 0', '> 1') },
      ['gold.notes', 'gold.sums', 'silver.orders'],
    ],
    [
      'a new column touches nobody else',
      { 'silver.orders': orders.replace('note from', 'note, id + 1 as next from') },
      ['silver.orders.next'],
    ],
    [
      'another grouping touches the rows of its own table',
      { 'gold.sums': before['gold.sums'].replace('group by id', 'group by id having count(*) > 1') },
      ['gold.sums'],
    ],
    [
      'an expression that nobody reads stays alone',
      { 'gold.notes': 'select upper(note) as note from silver.orders' },
      ['gold.notes.note'],
    ],
  ]
  test.each(cases)('%s', async (_, edit, touched) => {
    expect(await touchedBy(edit)).toEqual(touched)
  })
})

describe('another way to write the same', () => {
  const cases: readonly (readonly [what: string, text: string])[] = [
    ['spaces and line ends', orders.replaceAll(' ', '\n  ')],
    ['words in upper case', orders.replaceAll(/\b(select|as|from|where|id|amount)\b/g, (word) => word.toUpperCase())],
    ['comments', `-- why\n${orders.replace('from', '/* here */ from')}`],
    [
      'an alias of the table',
      'select o.id, o.amount * 2 as twice, o.amount, o.note from raw.orders as o where o.amount > 0',
    ],
    [
      'a common table expression',
      'with rows_now as (select * from raw.orders) select id, amount * 2 as twice, amount, note from rows_now where amount > 0',
    ],
    ['parentheses', orders.replace('amount * 2', '(amount * (2))')],
  ]
  test.each(cases)('%s touches nothing', async (_, text) => {
    expect(await touchedBy({ 'silver.orders': text })).toEqual([])
  })
})
