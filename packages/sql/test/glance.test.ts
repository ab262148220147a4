import type { Columns, TableName } from '@millrace/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { outlineAll } from '../src/bind/outline-all.ts'
import { openScratch } from '../src/bind/scratch.ts'
import { isPlain } from '../src/read/glance.ts'
import { inProcess, readModels } from './binding.ts'
import { changes } from './fixtures/changes.ts'
import { flows } from './fixtures/flows.ts'
import { narrow } from './fixtures/only.ts'
import { cautious, rewrites } from './fixtures/rewrites.ts'
import { starQueries } from './fixtures/star.ts'

const binder = await inProcess()
const scratch = await openScratch()

const known: ReadonlyMap<TableName, Columns> = new Map(
  Object.entries({
    'main.sale': { qty: 'int32', fee: 'int32', tag: 'string' },
    'main.item': { qty: 'int32', cost: 'int32' },
    'main.staff': { id: 'int32', lead: 'int32', label: 'string' },
    'main.fact_sale': {
      sale_id: 'int32',
      product_id: 'int32',
      store_id: 'int32',
      buyer_id: 'int32',
      day: 'date',
      units: 'int32',
      price: 'decimal(9,2)',
      discount: 'decimal(4,2)',
    },
    'main.dim_product': { product_id: 'int32', label: 'string', family: 'string', cost: 'decimal(9,2)' },
    'main.dim_store': { store_id: 'int32', town: 'string', region: 'string', opened: 'date' },
    'main.dim_buyer': { buyer_id: 'int32', town: 'string', segment: 'string', born: 'int32' },
    'main.fact_return': { sale_id: 'int32', day: 'date', units: 'int32' },
  } as const).map(([name, columns]) => [
    name as TableName,
    Object.fromEntries(Object.entries(columns).map(([column, type]) => [column, { type }])),
  ]),
)

const tables = [...known.keys()].map((name) => name.slice(5)).join('|')

/** Models name tables by their layer. */
const qualified = (sql: string): string =>
  sql.replace(new RegExp(String.raw`\b(from|join)\s+(${tables})\b`, 'gi'), '$1 main.$2')

const texts = [
  ...[...changes, ...rewrites, ...cautious, ...narrow].flatMap(([, first, second]) => [first, second]),
  ...flows.map(([sql]) => sql),
  ...starQueries,
].map(qualified)

async function factsOf(sql: string): Promise<unknown> {
  const facts = (await readModels(binder, { 'silver.it': sql }, known)).get('silver.it')
  return facts === undefined ? null : { ...facts, lineage: facts.lineage }
}

test('a text is read alike whether its letters are enough or its tree is looked at', async () => {
  for (const text of texts) expect(await factsOf(text), text).toEqual(await factsOf(`${text}\n-- limit`))
  const plain = texts.filter(isPlain)
  expect(plain.length).toBeGreaterThan(100)
  expect(plain.length).toBeLessThan(texts.length)
})

test('no function of DuckDB that breaks a rule is missed', async () => {
  const names = new Set(await scratch.column('select distinct function_name from duckdb_functions()'))
  const calls = [...names].filter((name) => /^\w+$/.test(name))
  const asked = calls.flatMap((name) => [
    `select id, ${name}(id) as x from main.staff`,
    `select id, ${name}() as x from main.staff`,
    `select * from ${name}('x')`,
    `select ${name} as x from main.staff`,
  ])
  expect(await missedIn(asked)).toEqual([])
  expect(asked.filter((text) => !isPlain(text)).length).toBeGreaterThan(100)
})

/** Texts that break a rule and are read without a mistake. Outputs without a name are told by the bound text. */
async function missedIn(some: readonly string[]): Promise<readonly string[]> {
  const outlines = await outlineAll(scratch, some)
  const wrong = some.filter((text, i) => isPlain(text) && (outlines[i]?.findings ?? []).length > 0)
  const models = Object.fromEntries(wrong.map((text, i) => [`silver.it_${i}`, text]))
  const read = await readModels(binder, models, known)
  return wrong.filter((_, i) => read.get(`silver.it_${i}`)?.issues.length === 0)
}

const breaking = [
  'select id from main.staff limit 1',
  'select id from main.staff limit 10 %',
  'select id from main.staff offset 1',
  'select id from main.staff fetch first 1 rows only',
  'select id from main.staff fetch next 1 rows only',
  'select distinct on (id) id, lead from main.staff',
  'select id, row_number() over () as n from main.staff',
  'select id, sum(id) over (rows 1 preceding) as n from main.staff',
  'select lag(id) over w as n from main.staff window w as (partition by lead)',
  'select string_agg(label) as x from main.staff',
  'select array(select id from main.staff) as x',
  'select s.id from main.staff s positional join main.item',
  'select id from main.staff using sample 1',
  'select id from main.staff tablesample 10 %',
  'select current_date as x',
  'select id from main.staff where lead > $p',
  'select id from main.staff where lead > ?',
  'select id from main.staff; select 1 as x',
  'select * from (describe main.staff)',
  'select * from (show main.staff)',
  'select * from (summarize main.staff)',
  "select * from query('select 1 as x')",
  'select * from histogram(main.staff, id)',
  'select * from duckdb_tables()',
]

/** The same text with other spaces, comments and cases. */
const otherwise = (text: string): fc.Arbitrary<string> => {
  const words = text.split(' ')
  const gap = fc.constantFrom(' ', '\n', '\t', '/**/', ' /* x */ ', ' -- x\n')
  const upper = fc.boolean()
  return fc
    .tuple(fc.array(gap, { minLength: words.length, maxLength: words.length }), fc.array(upper, { minLength: 80 }))
    .map(([gaps, cases]) =>
      words.map((word, i) => (cases[i] === true ? word.toUpperCase() : word) + (gaps[i] ?? ' ')).join(''),
    )
}

test('however it is spelled, what breaks a rule has its tree looked at', async () => {
  const spelled = fc.constantFrom(...breaking).chain(otherwise)
  await fc.assert(
    fc.asyncProperty(fc.array(spelled, { minLength: 20, maxLength: 20 }), async (some) => {
      expect(await missedIn(some)).toEqual([])
    }),
    { numRuns: 20, endOnFailure: true },
  )
})

type Case = readonly [sql: string, reads: readonly string[], mistakes: readonly string[]]

const cases: readonly (readonly [title: string, models: Readonly<Record<TableName, Case>>])[] = [
  [
    'a name that only looks like a table makes no circle',
    {
      'gold.a': ['select silver.orders as id from (select 1 as orders) silver', [], []],
      'silver.orders': ['select id from gold.a', ['gold.a'], []],
      'gold.b': ['select id from silver.orders', ['silver.orders'], []],
    },
  ],
  [
    'a string, a comment and other spellings of a name are told apart',
    {
      'gold.a': [
        'with unused as (select id from main.staff) select qty from main.sale',
        ['main.sale', 'main.staff'],
        [],
      ],
      'gold.b': ["select qty from main.sale where tag <> 'main.staff' -- main.item", ['main.sale'], []],
      'gold.c': ['select "MAIN"."Staff".id from main . staff', ['main.staff'], []],
    },
  ],
  [
    'what is wrong is told although letters looked right, and everything below waits for it',
    {
      'gold.a': ['select id from main.stuff', [], ['sql/unknown-table']],
      'gold.b': ['select id from gold.a', ['gold.a'], ['sql/input-broken']],
      'gold.c': ['select nothing from main.staff', ['main.staff'], ['sql/unknown-column']],
      'gold.d': ['select id + 1 from main.staff', ['main.staff'], ['sql/unnamed-column']],
      'gold.e': ['select id from memory.main.staff', [], ['sql/unknown-table']],
      'gold.f': ['select table_name from information_schema.tables', [], ['sql/unknown-table']],
      'gold.g': ['select id from gold.h', ['gold.h'], ['sql/cycle']],
      'gold.h': ['select id from gold.g', ['gold.g'], ['sql/input-broken']],
      'gold.i': ['select id from staff', [], ['sql/unknown-table']],
      'gold.j': ['select null from main.staff', ['main.staff'], ['sql/unnamed-column']],
    },
  ],
]

test.each(cases)('%s', async (_, models) => {
  const selects = Object.fromEntries(Object.entries(models).map(([name, [sql]]) => [name, sql]))
  const read = await readModels(binder, selects, known)
  const told = Object.entries(models).map(([name, [sql]]) => {
    const facts = read.get(name as TableName)
    return [name, [sql, facts?.reads, facts?.issues.map((one) => one.code)]]
  })
  expect(Object.fromEntries(told)).toEqual(models)
})
