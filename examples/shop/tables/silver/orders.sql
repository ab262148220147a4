/* millrace
note: One row an order, the newest that came
write: { merge: order_id, newest: updated_at }
partition: month(ordered_at)
start: 2026-01-01
grain: month
columns:
  order_id: { checks: [not_null, unique] }
  status: { checks: [{ in: [paid, sent, cancelled] }] }
  customer_id: { checks: [not_null, { refers: silver.customers.customer_id }] }
tests:
  - name: keeps the order as it came
    given:
      bronze.orders:
        - { order_id: 1, customer_id: 7, status: paid, ordered_at: 2026-01-05, updated_at: 2026-01-06 }
        - { order_id: 2, customer_id: 7, status: paid, ordered_at: 2026-02-05, updated_at: 2026-02-06, discount: 10 }
    params: { from: 2026-01-01, to: 2026-02-01 }
    expect:
      - { order_id: 1, customer_id: 7, discount: 0 }
*/
select order_id, customer_id, status, ordered_at, updated_at, coalesce(discount, 0) as discount
from bronze.orders
where ordered_at >= $from and ordered_at < $to
