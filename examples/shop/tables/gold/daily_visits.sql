/* millrace
note: Visits and visitors a day
write: view
*/
select seen_at::date as day, count(*) as views, count(distinct customer_id) as visitors, avg(ms)::decimal(10,1) as average_ms
from silver.events
group by all
