-- What the server says of itself and of our place in it, and the database that the goal is about:
-- one statement, because each costs a server process that has just begun some milliseconds.
select
  current_setting('server_version') as version,
  current_setting('server_version_num')::integer as version_number,
  ({{core/system-identifier}}) as system_identifier,
  pg_is_in_recovery() as standby,
  array(
    select r.rolname::text
    from pg_catalog.pg_roles r
    where r.rolname = any (:provider_roles::text[])
    order by r.rolname
  ) as provider_roles,
  (
    -- a walsender that feeds a standby: not a base backup, nor one that is connected to a
    -- database, as logical replication is, nor a tool that keeps WAL, which never tells what it
    -- has replayed; where that is hidden from this role, its name alone tells
    select count(*)::integer
    from pg_catalog.pg_stat_get_wal_senders() w
    where
      coalesce(w.state, 'streaming') <> 'backup'
      and not exists (
        select
        from pg_catalog.pg_stat_get_activity(w.pid) s
        where
          s.datid is not null
          or (
            w.replay_lsn is null
            and s.application_name
              ~* '^(pg_basebackup|pg_receivewal|(pgbackrest|barman|wal-g)([^[:alnum:]].*)?)$'
          )
      )
  ) as standbys,
  (
    -- a standby that is down is gone from the senders, and its slot is left
    select count(*)::integer
    from pg_catalog.pg_get_replication_slots() s
    where s.slot_type = 'physical' and not s.active
  ) as inactive_slots,
  own.pid,
  own.backend_start,
  current_user::text as role,
  current_database()::text as connected_to,
  me.rolsuper or pg_has_role(me.oid, 'pg_read_all_stats', 'USAGE') as sees_all_sessions,
  me.rolsuper or pg_has_role(me.oid, 'pg_signal_backend', 'USAGE') as signals_others,
  pg_size_bytes(current_setting('track_activity_query_size'))::integer as query_size,
  to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as started_at,
  extract(epoch from clock_timestamp() - pg_postmaster_start_time()) * 1000 as up_time,
  target.oid,
  target.name,
  target.protected_by
from
  pg_catalog.pg_roles me
  left join ({{core/own-session}}) own on true
  left join ({{core/find-database}}) target on true
where
  me.rolname = current_user
