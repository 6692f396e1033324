-- Whether the database has any session but ours. Judging them all costs a server process that has
-- just begun more than ten milliseconds; this costs one.
select
  exists (
    select
    from pg_catalog.pg_stat_get_activity(null) s
    where s.datid = :database::oid and s.pid <> pg_backend_pid()
  ) as anybody
