-- Which server this is, in the same words as server-info.sql, whatever the session's time zone and
-- date style are.
select
  to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') as started_at,
  pg_is_in_recovery() as standby,
  pg_backend_pid() as pid
