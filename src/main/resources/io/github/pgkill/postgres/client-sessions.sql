-- Every client's session of every database, replication and backups included: whom it hits when the
-- server ends all of them. Processes without a role are the server's own. Where backend_type is
-- hidden from this role, a role is a client's.
select
  s.pid,
  s.backend_start::text as started,
  d.datname as database,
  r.rolname as username,
  coalesce(r.rolsuper, false) as superuser,
  coalesce(s.application_name, '') as application_name,
  case when s.client_port = -1 then 'local' else host(s.client_addr) || ':' || s.client_port end
    as client,
  s.backend_type,
  s.state,
  extract(epoch from clock_timestamp() - s.backend_start) * 1000 as age,
  extract(epoch from clock_timestamp() - s.xact_start) * 1000 as transaction_age,
  extract(epoch from clock_timestamp() - s.query_start) * 1000 as query_age,
  extract(epoch from clock_timestamp() - s.state_change) * 1000 as state_age,
  s.wait_event_type || ':' || s.wait_event as wait_event,
  case when s.backend_start is not null then s.query end as query,
  false as query_cut,
  null::integer as leader_pid,
  '{}'::integer[] as blocked_by,
  null::text as excluded_by
from
  pg_catalog.pg_stat_get_activity(null) s
  left join pg_catalog.pg_database d on d.oid = s.datid
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
where
  s.usesysid is not null
  and coalesce(s.backend_type, 'client backend') in ('client backend', 'walsender')
order by
  s.pid
