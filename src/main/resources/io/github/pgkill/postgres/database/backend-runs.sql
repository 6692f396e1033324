-- Whether a backend of ours is still there, and not another one with its pid.
select exists (
  select
  from pg_catalog.pg_stat_get_activity(:pid) s
  where s.backend_start::text = :started
) as runs
