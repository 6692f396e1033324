-- How far a standby has replayed, and what keeps it from going on by itself. A server that was
-- promoted says how far it got before.
select
  pg_is_in_recovery() as standby,
  coalesce(pg_last_wal_replay_lsn() >= w.lsn, false) as passed,
  greatest(pg_wal_lsn_diff(w.lsn, coalesce(pg_last_wal_replay_lsn(), '0/0')), 0)::bigint as behind,
  case when pg_is_in_recovery() then pg_is_wal_replay_paused() else false end as paused,
  coalesce(current_setting('recovery_min_apply_delay', true), '0') as apply_delay,
  current_setting('max_standby_streaming_delay') as standby_delay
from
  (select :lsn::pg_lsn as lsn) w
