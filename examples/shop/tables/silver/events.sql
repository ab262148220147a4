/* millrace
note: Page views, day by day; impossible durations are kept apart
write: { interval: seen_at }
partition: month(seen_at)
start: 2026-01-01
grain: day
columns:
  ms: { checks: [{ rule: { min: 0 }, on: quarantine }] }
  event_id: { checks: [not_null] }
*/
select event_id, seen_at, page, customer_id, ms
from bronze.events
where seen_at >= $from and seen_at < $to
