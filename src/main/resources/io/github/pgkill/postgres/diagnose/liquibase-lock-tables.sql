-- What looks like Liquibase's lock tables in the current database, whatever the schema, and what is to
-- be known before one is read: catalogs only, for whoever reads a relation that somebody else owns
-- lets its owner's functions run. Sessions' temporary tables keep nobody out.
select
  c.oid::bigint as oid,
  n.nspname::text as schema,
  c.relname::text as name,
  pg_get_userbyid(c.relowner)::text as owner,
  c.relowner = (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user) as ours,
  c.relkind::text as kind,
  m.amname::text as access_method,
  exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid) as inherited,
  tn.nspname::text as type_schema,
  t.typname::text as type_name,
  t.oid = 'pg_catalog.bool'::regtype as usable,
  has_schema_privilege(n.oid, 'USAGE') and has_table_privilege(c.oid, 'UPDATE') as writable
from
  pg_catalog.pg_class c
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  join pg_catalog.pg_attribute a
    on a.attrelid = c.oid and a.attname = 'locked' and not a.attisdropped
  join pg_catalog.pg_type t on t.oid = a.atttypid
  join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace
  -- tables have one from PostgreSQL 12 on
  left join pg_catalog.pg_am m on m.oid = c.relam
where
  lower(c.relname) = 'databasechangeloglock'
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relpersistence <> 't'
  and (
    select count(*)
    from pg_catalog.pg_attribute a
    where
      a.attrelid = c.oid
      and not a.attisdropped
      and a.attname = any (array['id', 'locked', 'lockgranted', 'lockedby'])
  ) = 4
order by
  2, 3
