-- Liquibase's lock tables of the current database, whatever the schema; and whether we may look.
select
  n.nspname::text as schema,
  c.relname::text as name,
  has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'SELECT') as readable,
  has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'UPDATE') as writable
from
  pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where
  lower(c.relname) = 'databasechangeloglock'
  and c.relkind = 'r'
  and (
    select count(*)
    from pg_catalog.pg_attribute a
    where
      a.attrelid = c.oid
      and not a.attisdropped
      and a.attname = any (array['id', 'locked', 'lockgranted', 'lockedby'])
  ) = 4
order by
  1, 2
