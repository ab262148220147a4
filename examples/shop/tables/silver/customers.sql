/* millrace
note: Customers as they are now
write: { merge: customer_id, newest: updated_at }
columns:
  customer_id: { checks: [not_null, unique] }
  email: { checks: [{ match: '[^@ ]+@[^@ ]+' }] }
*/
select customer_id, name, email, city, segment, updated_at
from bronze.customers
