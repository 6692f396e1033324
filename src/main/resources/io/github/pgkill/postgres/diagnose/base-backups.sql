-- Processes that send a base backup; which those are is hidden from roles without pg_monitor.
select
  s.pid,
  s.backend_start::text as started,
  r.rolname::text as username,
  coalesce(s.application_name, '') as application_name,
  case when s.client_port = -1 then 'local' else host(s.client_addr) || ':' || s.client_port end
    as client,
  extract(epoch from clock_timestamp() - s.backend_start) * 1000 as age
from
  pg_catalog.pg_stat_get_wal_senders() w
  join pg_catalog.pg_stat_get_activity(null) s on s.pid = w.pid
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
where
  w.state = 'backup'
