import { describeIssue, type Issue } from '@millrace/core'
import { expect, test } from 'vitest'
import { ambientFunctions } from '../src/ast/ambient.ts'
import { bindAll } from '../src/bind/bind-all.ts'
import { openScratch } from '../src/bind/scratch.ts'
import { ddl, inProcess, knownTables, readModels } from './binding.ts'

const binder = await inProcess()

/** `code line:column+length [candidates]` of each mistake; the select begins at line 3. */
const short = ({ code, at, candidates }: Issue): string =>
  `${code} ${at?.line}:${at?.column}+${at?.length}${candidates === undefined ? '' : ` [${candidates.join()}]`}`

async function mistakes(sql: string): Promise<readonly string[]> {
  const facts = await readModels(binder, { 'silver.it': sql })
  return (facts.get('silver.it')?.issues ?? []).map(short)
}

test.each([
  ['select id,, day from bronze.orders', ['sql/syntax 3:11+1']],
  ["select 'abc from bronze.orders", ['sql/syntax 3:8+1']],
  ['select id\nfrom bronze.orders\nwhere amont > 1', ['sql/unknown-column 5:7+5 [amount]']],
  ["select '💥é' as x, idd from bronze.orders", ['sql/unknown-column 3:20+3 [id]']],
  ['select orders.amonut as x from bronze.orders', ['sql/unknown-column 3:8+13 [amount]']],
  ['select id from bronze.order', ['sql/unknown-table 3:16+12 [bronze.orders]']],
  ['select id from orders', ['sql/unknown-table 3:16+6 [bronze.orders]']],
  ['select id from lake.bronze.orders', ['sql/unknown-table 3:16+18 [bronze.orders]']],
  ['select uper(tag) as x from bronze.orders', ['sql/unknown-function 3:8+4 [upper]']],
  ['select id::bigin as x from bronze.orders', ['sql/unknown-type 3:12+5 [bigint]']],
  ['select id from bronze.orders, bronze.people', ['sql/ambiguous 3:8+2']],
  ['select upper(id, 2) as x from bronze.orders', ['sql/arguments 3:8+5 [upper(VARCHAR) -> VARCHAR]']],
  ['select id, sum(amount) as x from bronze.orders', ['sql/invalid 3:8+2']],
  ['select id, ID from bronze.orders', ['sql/duplicate-column 3:12+2']],
  ['select * from bronze.orders o join bronze.people p on o.customer = p.id', ['sql/duplicate-column 3:1+6']],
  ['select id, amount + 1, id::int from bronze.orders', ['sql/unnamed-column 3:12+6', 'sql/unnamed-column 3:24+2']],
  ['select id from bronze.orders; select 1 as x', ['sql/several-statements 3:1+6']],
  ['insert into bronze.orders values (1)', ['sql/not-a-select 3:1+6']],
  ['drop table bronze.orders', ['sql/not-a-select 3:1+4']],
  ['describe bronze.orders', ['sql/not-a-select 3:1+8']],
  ['pivot bronze.orders on tag using sum(id)', ['sql/not-a-select 3:1+5']],
  ['', ['sql/empty 3:1+1']],
  ['-- nothing here', ['sql/empty 3:1+1']],
  ['select 1 as x\0', ['sql/nul 3:14+1']],
  ["select getvariable('x') as x", ['sql/session-dependent 3:8+11']],
  ['select current_user as x', ['sql/session-dependent 3:8+12']],
  ['select now() as x, current_date as y', ['sql/time-dependent 3:8+3', 'sql/time-dependent 3:20+12']],
  ['select age(made_at)::varchar as x from bronze.orders', ['sql/time-dependent 3:8+3']],
  ['select random() as x, uuid() as y', ['sql/random 3:8+6', 'sql/random 3:23+4']],
  ['select id from bronze.orders using sample 10%', ['sql/random 3:36+6']],
  ['select first(id) as x from bronze.orders', ['sql/row-order 3:8+5']],
  ['select any_value(id) as x from bronze.orders', ['sql/row-order 3:8+9']],
  ['select list(id) as x from bronze.orders', ['sql/row-order 3:8+4']],
  ['select id, row_number() over () as n from bronze.orders', ['sql/row-order 3:12+10']],
  ['select id, lag(id) over (partition by day) as n from bronze.orders', ['sql/row-order 3:12+3']],
  ['select id from bronze.orders limit 3', ['sql/row-order 3:36+1']],
  ['select distinct on (day) day, id from bronze.orders', ['sql/row-order 3:8+8']],
  ['select o.id from bronze.orders o positional join bronze.people', ['sql/row-order 3:34+10']],
  ["select * from read_csv('x.csv')", ['sql/file-read 3:15+8']],
  ["select * from 'x.parquet'", ['sql/file-read 3:15+11']],
  ["select * from query('select 1 as x')", ['sql/table-function 3:15+5']],
  ["select * from query_table('bronze.orders')", ['sql/table-function 3:15+11']],
  ['select table_name from duckdb_tables()', ['sql/table-function 3:24+13']],
  // DuckDB's own catalogs and views, through which other tables could be read unseen.
  ['select * from information_schema.tables', ['sql/unknown-table 3:15+25']],
  ['select * from pg_catalog.pg_class', ['sql/unknown-table 3:15+19']],
  ['select * from duckdb_views', ['sql/unknown-table 3:15+12']],
  ['select * from sqlite_master', ['sql/unknown-table 3:15+13']],
  ["select * from glob('/etc/*')", ['sql/file-read 3:15+4']],
  ['select id + $x as y from bronze.orders', ['sql/parameter-type 3:13+2']],
  [
    "select '$x' as t, id + $x as y, $z as z from bronze.orders",
    ['sql/parameter-type 3:24+2', 'sql/parameter-type 3:33+2'],
  ],
  ['select id from bronze.orders where id = $x and tag = $x', ['sql/parameter-types 3:41+2']],
  ['select id from bronze.orders where id = ?', ['sql/positional-parameter 3:41+1']],
  ['select id from bronze.orders where id = $1', ['sql/positional-parameter 3:41+2']],
  ['select id from silver.it', ['sql/self-reference 3:16+9']],
  ['select interval 1 day as x', ['sql/unsupported-type 3:26+1']],
  ['select row(1, 2) as x', ['sql/unnamed-fields 3:21+1']],
  [
    "select [row(1, 'a')] as x, {'f': map {'k': row(1)}} as y",
    ['sql/unnamed-fields 3:25+1', 'sql/unnamed-fields 3:56+1'],
  ],
  // A construct that the reading of plans does not know is refused, whatever DuckDB makes of it.
  ['select i from range((select max(id) from bronze.orders)) r(i)', ['sql/not-understood 3:1+6']],
  ['select rowid as x from bronze.orders', ['sql/unknown-column 3:8+5']],
])('%s', async (sql, want) => {
  expect(await mistakes(sql)).toEqual(want)
})

test.each([
  'select id from bronze.orders order by id limit 3',
  'select first(id order by day) as x from bronze.orders',
  'select list_sort(list(id)) as x from bronze.orders',
  'select rank() over (partition by day) as r, sum(id) over (partition by day) as s from bronze.orders',
  'select id from bronze.orders o where exists (select 1 from bronze.people p where p.id = o.customer limit 1)',
  'select unnest([1, 2]) as x',
  'select i from range(3) r(i) where i > $least::bigint',
  'select id as user, day as current_date from bronze.orders',
  'with x as (select id as user from bronze.orders) select user from x',
  'select ID, Amount from BRONZE.Orders',
  'with orders as (select id from bronze.orders) select id from orders',
  'select id from bronze.orders;',
  "select 'now() limit $x' as x, /* random() */ 1 as y",
])('is fine: %s', async (sql) => {
  expect(await mistakes(sql)).toEqual([])
})

test('a bare word is a column where an input has one of that name', async () => {
  const known = new Map([...knownTables, ['bronze.log', { user: { type: 'string' } }] as const])
  const facts = await readModels(binder, { 'silver.it': 'select user from bronze.log' }, known)
  expect(facts.get('silver.it')?.issues).toEqual([])
})

test('all mistakes of all models come at once, and a model with known columns does not hide those below it', async () => {
  const facts = await readModels(binder, {
    'silver.a': 'select id, now() as at_time, amount + 1 from bronze.orders',
    'silver.b': 'select idd from silver.a',
    'silver.c': 'select id from silver.nothing, bronze.oders',
    'gold.d': 'select id from silver.c',
  })
  expect([...facts].flatMap(([name, one]) => one.issues.map((each) => `${name} ${each.code}`))).toEqual([
    'silver.a sql/time-dependent',
    'silver.a sql/unnamed-column',
    'silver.b sql/unknown-column',
    'silver.c sql/unknown-table',
    'silver.c sql/unknown-table',
    'gold.d sql/input-broken',
  ])
})

test('a circle is told once, as a whole', async () => {
  const facts = await readModels(binder, {
    'a.one': 'select 1 as x\nfrom a.two',
    'a.two': 'select x from a.three',
    'a.three': 'select x from a.one join bronze.orders on true',
    'a.four': 'select x from a.one',
  })
  const [cycle] = facts.get('a.one')?.issues ?? []
  expect(cycle).toMatchObject({ code: 'sql/cycle', at: { line: 4, column: 6, length: 5 } })
  expect(cycle === undefined ? '' : describeIssue(cycle).message).toBe(
    'Tables depend on each other in a circle: a.one -> a.two -> a.three -> a.one.',
  )
  expect([...facts.values()].flatMap((one) => one.issues.map((each) => each.code))).toEqual([
    'sql/cycle',
    ...Array.from({ length: 3 }, () => 'sql/input-broken'),
  ])
})

test('what is not understood is said of its table, with what to do', async () => {
  const facts = await readModels(binder, {
    'silver.it': 'select i from range((select max(id) from bronze.orders)) r(i)',
  })
  const [one] = facts.get('silver.it')?.issues ?? []
  const { message, fix } = one === undefined ? { message: '', fix: '' } : describeIssue(one)
  expect(message).toMatch(/^The plan of silver\.it holds something that is not understood: /)
  expect(fix).toBe('Write the select in another way and report the text, please.')
})

// No text is known that gets past the reading of its letters: this is the second lock of the door.
test('a table that the plan reads and the text does not name is told', async () => {
  const scratch = await openScratch()
  await scratch.run(ddl)
  const sql = 'select s.qty from sale s join item i on i.qty = s.qty'
  const told = async (...reads: readonly string[]) =>
    (await bindAll(scratch, [{ sql, reads, params: [] }])).flatMap((one) => one.findings)
  expect(await told('main.sale', 'MAIN.Item')).toEqual([])
  expect(await told('main.sale')).toEqual([{ code: 'sql/hidden-table', params: { name: 'main.item' }, at: null }])
})

test('two names that differ only in case are one too many', async () => {
  const facts = await readModels(binder, { 'silver.Orders': 'select 1 as x', 'silver.orders': 'select 2 as x' })
  expect(facts.get('silver.orders')?.issues.map(short)).toEqual(['sql/name-case 3:1+6'])
})

test('no function that DuckDB itself calls changeable is missing from the lists', async () => {
  const scratch = await openScratch()
  const changeable = await scratch.column(
    "select distinct function_name from duckdb_functions() where stability <> 'CONSISTENT' and function_type = 'scalar'",
  )
  // error() stops a query with a message: a promise kept by force, and the same for the same rows.
  expect(changeable.filter((name) => !ambientFunctions.has(name))).toEqual(['error'])
})
