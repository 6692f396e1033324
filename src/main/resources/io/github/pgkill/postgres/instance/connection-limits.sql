-- How many connections the server and a database take.
select
  current_setting('max_connections')::integer as server,
  current_setting('superuser_reserved_connections')::integer
    + coalesce(current_setting('reserved_connections', true)::integer, 0) as reserved,
  case when d.datconnlimit >= 0 then d.datconnlimit end as database
from
  pg_catalog.pg_database d
where
  d.oid = :database
