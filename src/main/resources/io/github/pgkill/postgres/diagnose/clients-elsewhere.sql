-- How many clients are connected to the other databases of the server, by database.
select
  d.datname::text as name,
  count(*)::integer as clients
from
  pg_catalog.pg_stat_get_activity(null) s
  join pg_catalog.pg_database d on d.oid = s.datid
where
  s.datid <> :database::oid
  and s.usesysid is not null
  and coalesce(s.backend_type, 'client backend') = 'client backend'
  and s.pid <> all (coalesce(:own_pids::integer[], '{}'))
group by
  1
order by
  1
