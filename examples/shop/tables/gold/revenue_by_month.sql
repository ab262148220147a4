/* millrace
note: Revenue by month and category
write: replace
columns:
  revenue: { checks: [{ min: 0 }] }
*/
select date_trunc('month', ordered_at)::date as month, category, sum(amount)::decimal(18,2) as revenue, count(distinct order_id) as orders
from gold.sales
group by all
