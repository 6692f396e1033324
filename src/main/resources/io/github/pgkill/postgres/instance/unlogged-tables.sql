-- Tables of this database that a crash empties.
select
  n.nspname || '.' || c.relname as name
from
  pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where
  c.relpersistence = 'u' and c.relkind in ('r', 'm')
order by
  n.nspname, c.relname
