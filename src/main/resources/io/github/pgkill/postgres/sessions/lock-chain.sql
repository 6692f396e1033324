-- Who keeps these sessions waiting for a lock, and for whom each of those waits.
select
  c.pid,
  s.backend_start::text as started,
  d.datname as database,
  r.rolname as username,
  coalesce(s.application_name, '') as application_name,
  s.backend_type,
  s.state,
  host(s.client_addr) as client_address,
  s.client_port,
  extract(epoch from clock_timestamp() - s.xact_start) * 1000 as transaction_age,
  pg_blocking_pids(c.pid) as blocked_by
from
  ({{sessions/blocking-chain}}) c
  cross join lateral pg_catalog.pg_stat_get_activity(c.pid) s
  left join pg_catalog.pg_database d on d.oid = s.datid
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
