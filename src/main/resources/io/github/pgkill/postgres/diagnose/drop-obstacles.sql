-- What besides sessions and prepared transactions stands in the way of a database as a whole, or
-- would vanish with it, and whether this role may remove it.
select
  'TEMPLATE' as kind,
  d.datname::text as name,
  null::text as owner,
  null::integer as pid,
  me.rolsuper or pg_has_role(me.oid, d.datdba, 'USAGE') as removable
from
  pg_catalog.pg_database d
  cross join pg_catalog.pg_roles me
where
  d.oid = :database::oid and d.datistemplate and me.rolname = current_user
union all
select
  case when s.active_pid is null then 'IDLE_SLOT' else 'ACTIVE_SLOT' end,
  s.slot_name::text,
  null,
  s.active_pid,
  me.rolsuper or me.rolreplication
from
  pg_catalog.pg_replication_slots s
  cross join pg_catalog.pg_roles me
where
  s.slot_type = 'logical' and s.database = :name and me.rolname = current_user
union all
select
  'SUBSCRIPTION',
  s.subname::text,
  o.rolname::text,
  null,
  me.rolsuper or pg_has_role(me.oid, s.subowner, 'USAGE')
from
  pg_catalog.pg_subscription s
  join pg_catalog.pg_roles o on o.oid = s.subowner
  cross join pg_catalog.pg_roles me
where
  s.subdbid = :database::oid and me.rolname = current_user
order by 1, 2
