-- All that belongs to these schemas and relations, by the number of the name that asked for it: a
-- relation with its partitions and inheritance children, their indexes and TOAST; a schema with all
-- that it holds, and the schema itself, on which whoever creates something in it holds a lock.
with recursive
wanted as (
  select w.position, n.oid as namespace, w.relation
  from
    unnest(:schemas::text[], :relations::text[]) with ordinality as w (schema, relation, position)
    join pg_catalog.pg_namespace n on n.nspname = w.schema
),
relations as (
  select w.position, c.oid
  from
    wanted w
    join pg_catalog.pg_class c
      on c.relnamespace = w.namespace
      and (w.relation is null or c.relname = w.relation)
  union
  select r.position, i.inhrelid
  from relations r join pg_catalog.pg_inherits i on i.inhparent = r.oid
),
heaps as (
  select r.position, r.oid from relations r
  union
  select r.position, c.reltoastrelid
  from relations r join pg_catalog.pg_class c on c.oid = r.oid
  where c.reltoastrelid <> 0
),
parts as (
  select h.position, h.oid from heaps h
  union
  select h.position, i.indexrelid
  from heaps h join pg_catalog.pg_index i on i.indrelid = h.oid
)
select
  p.position,
  'pg_catalog.pg_class'::regclass::bigint as class,
  c.oid::bigint as object,
  n.nspname as schema,
  c.relname as relation,
  -- what LOCK TABLE takes, and takes nothing else with it
  c.relkind in ('r', 'p') and c.relpersistence <> 't' as lockable
from
  parts p
  join pg_catalog.pg_class c on c.oid = p.oid
  join pg_catalog.pg_namespace n on n.oid = c.relnamespace
union all
select
  w.position, 'pg_catalog.pg_namespace'::regclass::bigint, w.namespace::bigint, null, null, false
from wanted w
where w.relation is null
union all
select w.position, d.classid::bigint, d.objid::bigint, null, null, false
from
  wanted w
  join pg_catalog.pg_depend d
    on d.refclassid = 'pg_catalog.pg_namespace'::regclass
    and d.refobjid = w.namespace
where w.relation is null and d.classid <> 'pg_catalog.pg_class'::regclass
order by 1, 4, 5
