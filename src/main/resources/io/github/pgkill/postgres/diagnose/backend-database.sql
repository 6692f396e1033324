-- The database that a process is connected to.
select
  d.oid::bigint as oid,
  d.datname::text as name
from
  pg_catalog.pg_stat_get_activity(:pid) s
  join pg_catalog.pg_database d on d.oid = s.datid
