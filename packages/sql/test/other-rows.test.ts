import { expect, test } from 'vitest'
import { Fixtures } from './binding.ts'

const fixtures = await Fixtures.open()

const recursive = `with recursive r as (select id, lead from staff where lead is null
  union all select s.id, s.lead from staff s join r on s.lead = r.id) select * from r`

test.each([
  ['select qty from sale', ''],
  ["select s.qty, q.w from sale s, unnest(string_split(tag, ' ')) as q(w)", ''],
  ["select s.qty, q.w from sale s, lateral (select unnest(string_split(s.tag, ' ')) as w) q", ''],
  ['select s.qty from sale s join (values (1, 1)) v(k, n) on v.k = s.qty', ''],
  ['select qty from sale union all select qty from item union all select fee from sale', ''],
  ['with x as (select qty from sale) select qty from x union all select qty + 1 from x', ''],
  ['select qty from sale where qty in (1, 2)', ''],
  ['select a.qty from sale a join sale b using (qty)', 'sale-sale'],
  ['with x as (select qty from sale) select a.qty from x a, x b', 'sale-sale'],
  ['select qty from sale where fee = (select max(fee) from sale)', 'sale-sale'],
  [recursive, 'staff-staff'],
  ['select s.qty from sale s, item i', 'item-sale'],
  ['select s.qty from sale s where exists (from item i where i.qty = s.qty)', 'item-sale'],
  ['select qty from sale except select qty from item', 'item-sale'],
  ['select qty from sale join item using (qty) union all select id from staff', 'item-sale'],
  ['select s.qty from sale s join item using (qty) join staff t on t.id = s.qty', 'item-sale item-staff sale-staff'],
])('the rows that meet in %s: %j', async (sql, joins) => {
  const found = (await fixtures.sound(sql)).joins.map((pair) => pair.join('-').replaceAll('main.', ''))
  expect(found.toSorted().join(' ')).toBe(joins)
})

test.each([
  ['select qty from sale', 'sale'],
  ['select 1 as one', ''],
  ['select s.qty from sale s join item i using (qty)', 'item+sale'],
  ['select s.qty from sale s left join item i using (qty)', 'sale'],
  ['select i.qty from sale s right join item i on s.qty = i.qty', 'item'],
  ['select qty from sale s full join item i using (qty)', 'item sale'],
  ['select s.qty from sale s asof left join item i on s.qty = i.qty and s.fee >= i.cost', 'sale'],
  ['select qty from sale anti join item using (qty)', 'sale'],
  ['select qty from sale semi join item using (qty)', 'item+sale'],
  ['select qty from sale s where exists (from item i where i.qty = s.qty)', 'item+sale'],
  ['select qty, (select max(cost) from item i where i.qty = s.qty) as most from sale s', 'sale'],
  ['select qty from sale union all select qty from item', 'item sale'],
  ['select qty from sale except select qty from item', 'sale'],
  ["select s.qty, q.w from sale s, unnest(string_split(tag, ' ')) as q(w)", 'sale'],
  ['select v.n from (values (1, 1)) v(k, n) left join sale s on v.k = s.qty', ''],
  ['with x as (select qty from sale) select i.qty from x right join item i using (qty)', 'item'],
  ['select s.qty from sale s left join item i using (qty) join staff t on t.id = s.qty', 'sale+staff'],
  [recursive, 'staff'],
])('the tables that bring the rows of %s: %j', async (sql, sets) => {
  const found = (await fixtures.sound(sql)).broughtBy.map((set) => set.join('+').replaceAll('main.', ''))
  expect(found.toSorted().join(' ')).toBe(sets)
})

test.each([
  'select qty from sale where qty not in (select qty from item)',
  'select qty from sale anti join item using (qty)',
  'select qty from sale s where not exists (from item i where i.qty = s.qty)',
  'select s.qty from sale s left join item i using (qty) where i.cost is null',
  'select i.qty from sale s right join item i on s.qty = i.qty where s.fee is null',
  'select i.qty from sale s full join item i on s.qty = i.qty where s.fee is null',
  'select qty from sale except select qty from item',
  'select qty from sale where fee = (select max(fee) from sale)',
  'select qty from sale qualify row_number() over (partition by qty order by fee) = 1',
  'select distinct on (qty) qty, fee from sale order by fee',
  'select qty, max(fee) as fee from sale group by qty',
  'select qty from (from sale limit 3)',
])('a row may be gone once there are more: %s', async (sql) => {
  expect((await fixtures.bind(sql)).takesSome).toBe(true)
})

test.each([
  'select qty, fee from sale where fee > 1 -- the newest over all, limit or not',
  'select s.qty, i.cost from sale s join item i using (qty) where i.cost > 1',
  'select s.qty, i.cost from sale s left join item i using (qty) where s.fee > 1',
  "select s.qty, q.w from sale s, unnest(string_split(tag, ' ')) as q(w)",
  'select distinct qty from sale union select qty from item',
  'select id, list_max(parts) as most from doc',
  'select qty from sale where qty not in (1, 2)',
])('what is there stays when there is more: %s', async (sql) => {
  expect((await fixtures.sound(sql)).takesSome).toBe(false)
})

test.each([
  ['select qty, fee from sale where fee > 1', ''],
  ['select s.qty, i.cost from sale s left join item i using (qty)', ''],
  ['select qty from sale where qty in (select qty from item)', ''],
  ['select qty from sale s where exists (from item i where i.qty = s.qty)', ''],
  ['select qty, (select max(cost) from item) as most from sale', ''],
  ['select qty, sum(fee) over (partition by tag) as fee from sale', ''],
  ['select qty, max(fee) as fee from sale group by qty', ''],
  ['select qty from sale qualify row_number() over (partition by qty order by fee) = 1', 'qty'],
  ['from (select *, rank() over (partition by qty, tag order by fee) as n from sale) where n = 1', 'qty tag'],
  ['select distinct on (qty) qty, fee from sale order by fee', 'qty'],
  ['select qty from sale qualify row_number() over (order by fee) = 1', 'any'],
  ['select qty from sale group by qty having count(*) < 3', 'any'],
  ['select qty from sale where fee = (select max(fee) from sale)', 'any'],
  ['select qty from sale where qty not in (select qty from item)', 'any'],
  ['select qty from sale s where not exists (from item i where i.qty = s.qty)', 'any'],
  ['select qty from sale anti join item using (qty)', 'any'],
  ['select s.qty from sale s left join item i using (qty) where i.cost is null', 'any'],
  ['select qty from sale except select qty from item', 'any,qty'],
  ['select qty from sale order by fee limit 3', 'any'],
])('rows that may go with none in their place, but for one of each: %s: %j', async (sql, staying) => {
  const { drops } = await fixtures.sound(sql)
  expect(drops.map((columns) => columns.join(' ').replaceAll('main.sale.', '') || 'any').join()).toBe(staying)
})
