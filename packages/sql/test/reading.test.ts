import { expect, test } from 'vitest'
import { windowsOf } from '../src/ranges.ts'
import { inProcess, queryOf, readModels } from './binding.ts'

const binder = await inProcess()

async function factsOf(sql: string) {
  const facts = (await readModels(binder, { 'silver.it': sql })).get('silver.it')
  if (facts === undefined || facts.issues.length > 0) throw new Error(JSON.stringify(facts?.issues))
  return facts
}

test('reads, params, columns and uses of a model', async () => {
  const facts = await factsOf(`
    with known as (select id as person from bronze.people)
    select o.id, sum(o.amount) as total, count(*) as n, {'t': max(o.tag)} as info
    from Bronze.Orders o semi join known on o.customer = known.person
    where o.made_at >= $from and o.made_at < $to group by o.id`)
  expect(facts.reads).toEqual(['bronze.orders', 'bronze.people'])
  expect(facts.params).toEqual(['from', 'to'])
  expect(facts.columns).toEqual({
    id: { type: 'int64' },
    total: { type: 'decimal(38,2)' },
    n: { type: 'int64' },
    info: { type: { struct: { t: { type: 'string' } } } },
  })
  expect(facts.uses).toEqual({
    'bronze.orders': ['amount', 'customer', 'id', 'made_at', 'tag'],
    'bronze.people': ['id'],
  })
  expect(facts.windows).toEqual({ 'bronze.orders': 'made_at' })
  expect(Object.keys(facts.columnHashes)).toEqual(['id', 'total', 'n', 'info'])
})

test('what is nought in a type or a place is read as nought', async () => {
  const facts = await factsOf(`
    with first as (select id, id::decimal(9,0) as whole from bronze.orders)
    select id, whole, list_value(0::decimal(4,0)) as l from first where id = 0`)
  expect(facts.columns).toEqual({
    id: { type: 'int64' },
    whole: { type: 'decimal(9,0)' },
    l: { type: { list: 'decimal(4,0)' } },
  })
  expect(facts.ranges).toEqual({ 'bronze.orders': { id: { min: 0n, max: 0n } } })
})

test('edges say what a value is made of, what decides it, and what decides the rows', async () => {
  const facts = await factsOf(
    'select id, (select max(name) from bronze.people p where p.id = o.customer) as name from bronze.orders o where day is not null',
  )
  const told = facts.lineage.map(
    (edge) => `${edge.from} -> ${edge.to} ${'by' in edge ? edge.by : `decided by ${edge.decides}`}`,
  )
  expect(told.toSorted()).toEqual([
    'bronze.orders.customer -> silver.it.name decided by filter',
    'bronze.orders.customer -> silver.it.name decided by group',
    'bronze.orders.customer -> silver.it.name decided by join',
    'bronze.orders.day -> silver.it filter',
    'bronze.orders.id -> silver.it.id copy',
    'bronze.people.id -> silver.it.name decided by filter',
    'bronze.people.name -> silver.it.name aggregate',
  ])
})

test('models see the types that the headers of their inputs declare', async () => {
  const { GraphReading } = await import('../src/read/graph-reading.ts')
  const { LineCache } = await import('../src/line-cache.ts')
  const { knownTables, modelOf } = await import('./binding.ts')
  const models = [
    { ...modelOf('silver.a', 'select id from bronze.orders'), declared: { ID: 'string' as const } },
    modelOf('silver.b', 'select id from silver.a'),
  ]
  const facts = await new GraphReading(models, knownTables, binder, await LineCache.open(null)).run()
  expect(facts.get('silver.b')?.columns).toEqual({ id: { type: 'string' } })
})

test.each([
  ['id > 5 and 9 >= id', { id: { min: 5n, max: 9n } }],
  ['id = 9007199254740993', { id: { min: 9007199254740993n, max: 9007199254740993n } }],
  ['customer between 3 and 7', { customer: { min: 3, max: 7 } }],
  ["tag in ('a', 'b')", { tag: { in: ['a', 'b'] } }],
  ["day >= '2024-01-31' and day < date '2024-02-01'", { day: { min: '2024-01-31', max: '2024-02-01' } }],
  ["made_at < '2024-01-01 10:00'", { made_at: { max: '2024-01-01T10:00:00.000000' } }],
  ['amount <= 12.5', { amount: { max: '12.5' } }],
  ['amount <= 12', { amount: { max: '12' } }],
  // What must bring no bound, since rows could be lost by it.
  ['id > 5 or customer = 1', {}],
  ['not (id > 5)', { id: { max: 5n } }],
  ['id + 1 > 5', {}],
  ['id > customer', {}],
  ["made_at::date = '2024-01-01'", {}],
  ['amount > 1.554::decimal(12,2)', {}],
  ['customer > 1.5', {}],
  ["day > '2024-01-31 10:00'::timestamp", {}],
  ['id <> 4', {}],
])('a filter on %s bounds its columns as far as it holds', async (filter, want) => {
  const facts = await factsOf(`select id, tag from bronze.orders where ${filter}`)
  expect(facts.ranges).toEqual(Object.keys(want).length === 0 ? {} : { 'bronze.orders': want })
})

test.each([
  ['through names and subqueries', 'select x from (select id as x from bronze.orders) where x > 5', { min: 5n }],
  [
    'through a CTE that is read once',
    'with q as (select id as x from bronze.orders) select x from q where x > 5',
    { min: 5n },
  ],
  [
    'through an inner join',
    'select o.id from bronze.orders o join bronze.people p on p.id = o.customer where o.id > 5',
    { min: 5n },
  ],
  ['below a group', 'select day, sum(id) as n from bronze.orders where id > 5 group by day', { min: 5n }],
])('a bound is found %s', async (_where, sql, want) => {
  expect((await factsOf(sql)).ranges['bronze.orders']).toEqual({ id: want })
})

test.each([
  ['above a window', 'select * from (select id, sum(id) over () as s from bronze.orders) where id > 5'],
  ['above a limit', 'select * from (select id from bronze.orders order by id limit 9) where id > 5'],
  ['above a group', 'select * from (select id, sum(amount) as s from bronze.orders group by rollup (id)) where id > 5'],
  [
    'on the padded side of a left join',
    'select p.name from bronze.people p left join bronze.orders o on o.customer = p.id where o.id > 5',
  ],
  [
    'at one of two readers of a CTE',
    'with q as (select id from bronze.orders) select a.id from q a join q b using (id) where a.id > 5',
  ],
  ['in one branch of a union', 'select id from bronze.orders where id > 5 union all select id from bronze.orders'],
])('a filter %s bounds no scan', async (_where, sql) => {
  expect((await factsOf(sql)).ranges).toEqual({})
})

test('two scans of a table keep what both leave out', async () => {
  const facts = await factsOf(
    'select id from bronze.orders where id > 5 and id < 20 union all select id from bronze.orders where id between 9 and 12',
  )
  expect(facts.ranges['bronze.orders']).toEqual({ id: { min: 5n, max: 20n } })
})

test('a window needs both ends on one column in every scan', () => {
  const scan = (...bounds: readonly [string, '>=' | '<' | '=', string][]) => ({
    table: 'a.b',
    bounds: bounds.map(([column, operator, param]) => ({ column, operator, values: [{ param }] })),
  })
  expect(windowsOf([scan(['x', '>=', 'from'], ['x', '<', 'to'], ['y', '>=', 'from'])])).toEqual({ 'a.b': 'x' })
  expect(windowsOf([scan(['x', '>=', 'from'], ['y', '<', 'to'])])).toEqual({})
  expect(windowsOf([scan(['x', '>=', 'from'], ['x', '<', 'to']), scan()])).toEqual({})
})

test('a query may be ordered, limited and of this moment, and its parameters bound its inputs', async () => {
  const facts = await queryOf(
    binder,
    'select id, id, now() from bronze.orders where id > $least and day = $day limit 3',
    {
      least: 4n,
      day: '2024-01-31',
    },
  )
  expect(facts.issues).toEqual([])
  expect(facts.names).toEqual(['id', 'id', 'now()'])
  expect(facts.reads).toEqual(['bronze.orders'])
  expect(facts.ranges).toEqual({ 'bronze.orders': { id: { min: 4n }, day: { min: '2024-01-31', max: '2024-01-31' } } })
})

test('a query with a mistake says where', async () => {
  const facts = await queryOf(binder, 'select nme\nfrom bronze.people')
  expect(facts.issues).toMatchObject([
    { code: 'sql/unknown-column', at: { line: 1, column: 8, length: 3 }, candidates: ['name'] },
  ])
})

test('an input without columns, or with twins among them, breaks only those who read it', async () => {
  const { knownTables } = await import('./binding.ts')
  const known = new Map([
    ...knownTables,
    ['raw.none', {}],
    ['raw.twins', { a: { type: 'int32' }, A: { type: 'int32' } }],
  ] as const)
  const models = {
    'a.one': 'select 1 as x from raw.none',
    'a.two': 'select 1 as x from raw.twins',
    'a.three': 'select id from bronze.orders',
  } as const
  const facts = await readModels(binder, models, known)
  expect([...facts].map(([name, one]) => [name, one.issues.map((each) => each.code)])).toEqual([
    ['a.one', ['sql/input-broken']],
    ['a.two', ['sql/input-broken']],
    ['a.three', []],
  ])
})
