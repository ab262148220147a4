/* millrace
note: Every version of a customer, and when it held
write: { history: customer_id, type: 2, changedAt: updated_at, track: [city, segment] }
*/
select customer_id, name, city, segment, updated_at
from bronze.customers
