-- Every session of the database that the filters match, spared ones among them, with all that is
-- shown of a session, and those that have not said their names yet. Waiters are found in pg_locks,
-- which hides nothing from anybody.
select
  m.pid,
  m.started,
  d.datname as database,
  m.datid::bigint as database_oid,
  m.usesysid::bigint as user_oid,
  m.username,
  m.superuser,
  coalesce(m.application_name, '') as application_name,
  case when m.client_port = -1 then 'local' else host(m.client_addr) || ':' || m.client_port end
    as client,
  m.backend_type,
  m.state,
  extract(epoch from clock_timestamp() - m.backend_start) * 1000 as age,
  extract(epoch from clock_timestamp() - m.xact_start) * 1000 as transaction_age,
  extract(epoch from clock_timestamp() - m.query_start) * 1000 as query_age,
  extract(epoch from clock_timestamp() - m.state_change) * 1000 as state_age,
  m.wait_event_type || ':' || m.wait_event as wait_event,
  -- bytes: the text is in the encoding of the session's own database, whichever is ours
  case
    when m.backend_start is not null
      then replace(m.query, chr(92), chr(92) || chr(92))::bytea
  end as query,
  pg_encoding_to_char(d.encoding)::text as query_encoding,
  coalesce(octet_length(m.query) >= pg_size_bytes(current_setting('track_activity_query_size')) - 4,
    false) as query_cut,
  case
    -- PostgreSQL 13 and later have the column
    when m.backend_type = 'parallel worker' then (to_jsonb(m) ->> 'leader_pid')::integer
  end as leader_pid,
  case
    when w.pid is not null then pg_blocking_pids(m.pid)
    else '{}'
  end as blocked_by,
  m.excluded_by,
  m.unnamed
from
  ({{sessions/matching-sessions}}) m
  join pg_catalog.pg_database d on d.oid = m.datid
  left join (select distinct l.pid from pg_catalog.pg_locks l where not l.granted) w
    on w.pid = m.pid
where
  m.included or m.unnamed
order by
  m.backend_start, m.pid
