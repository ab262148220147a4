/* millrace
note: Recency, frequency and money of each customer, each as a fifth from 1 to 5
write: replace
columns:
  customer_id: { checks: [unique] }
*/
with spent as (
  select customer_id, max(ordered_at) as last_order, count(distinct order_id) as orders, sum(amount) as money
  from gold.sales
  group by customer_id
)
select
  customer_id, last_order, orders, money::decimal(18,2) as money,
  ntile(5) over (order by last_order, customer_id) as recency,
  ntile(5) over (order by orders, customer_id) as frequency,
  ntile(5) over (order by money, customer_id) as monetary
from spent
