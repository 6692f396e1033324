-- Databases that this role may connect to now.
select
  d.datname as name
from
  pg_catalog.pg_database d
where
  d.datallowconn and has_database_privilege(d.oid, 'CONNECT')
order by
  d.datname
