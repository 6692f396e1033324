-- Everybody whom the end of the server ends: clients of all databases and walsenders. Where this
-- role may not see what kind a process is, whoever has a role counts.
select
  s.pid,
  s.backend_start::text as started,
  d.datname as database,
  d.oid::bigint as database_oid,
  s.usesysid::bigint as user_oid,
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
  -- bytes: the text is in the encoding of the session's own database, whichever is ours
  case
    when s.backend_start is not null
      then replace(s.query, chr(92), chr(92) || chr(92))::bytea
  end as query,
  pg_encoding_to_char(d.encoding)::text as query_encoding,
  coalesce(octet_length(s.query) >= pg_size_bytes(current_setting('track_activity_query_size')) - 4,
    false) as query_cut,
  null::integer as leader_pid,
  '{}'::integer[] as blocked_by,
  null::text as excluded_by
from
  pg_catalog.pg_stat_get_activity(null) s
  left join pg_catalog.pg_database d on d.oid = s.datid
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
where
  case
    when s.backend_start is null then s.usesysid is not null
    else s.backend_type in ('client backend', 'walsender')
  end
  and not exists (
    select
    from unnest(:own_pids::integer[], :own_starts::text[]) as own (pid, started)
    where own.pid = s.pid and own.started = coalesce(s.backend_start::text, own.started)
  )
order by
  s.backend_start, s.pid
