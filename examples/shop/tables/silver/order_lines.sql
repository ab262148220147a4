/* millrace
write: { merge: [order_id, line] }
columns:
  quantity: { checks: [{ min: 1 }] }
checks:
  - { unique: [order_id, line] }
*/
select distinct order_id, line, product_id, quantity
from bronze.order_lines
