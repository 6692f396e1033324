-- Parallel workers and the sessions that they work for, which PostgreSQL shows from 13 on. A fragment:
-- what a worker holds or waits for, its leader does.
select
  a.pid,
  (to_jsonb(a) ->> 'leader_pid')::integer as leader_pid
from
  pg_catalog.pg_stat_get_activity(null) a
where
  a.backend_type = 'parallel worker'
