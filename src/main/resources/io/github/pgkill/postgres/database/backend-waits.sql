-- What a backend waits for, and who holds it up if that is a lock.
select
  s.wait_event_type || ':' || s.wait_event as wait_event,
  pg_blocking_pids(s.pid) as blocked_by
from
  pg_catalog.pg_stat_get_activity(:pid) s
