-- Names that one may have meant: every schema, and every table and the like in it.
select
  n.nspname as schema,
  null as relation
from pg_catalog.pg_namespace n
where n.nspname !~ '^pg_(toast|temp_|toast_temp_)'
union all
select n.nspname, c.relname
from
  pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where
  c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')
  and n.nspname !~ '^pg_'
  and n.nspname <> 'information_schema'
limit 20000
