/* millrace
note: One row an order line, with the customer as it was on that day
write: replace
partition: month(ordered_at)
columns:
  amount: { checks: [{ min: 0 }] }
checks:
  - { rows: { min: 1 } }
*/
select
  o.order_id, l.line, o.ordered_at, o.customer_id, c.version_key as customer_version, c.city, c.segment,
  p.category, l.quantity,
  (l.quantity * p.price * (100 - o.discount) / 100)::decimal(18,2) as amount
from silver.orders as o
join silver.order_lines as l on l.order_id = o.order_id
join bronze.products as p on p.product_id = l.product_id
left join gold.dim_customer as c
  on c.customer_id = o.customer_id and o.ordered_at >= c.valid_from and (c.valid_to is null or o.ordered_at < c.valid_to)
where o.status <> 'cancelled'
