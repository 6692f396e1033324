-- What besides sessions stands in the way of a database as a whole, or would vanish with it.
-- Whether this role may remove it: a prepared transaction is for superusers and whoever prepared it,
-- so that a member of that role has to become it first.
select
  'TEMPLATE' as kind,
  d.datname::text as name,
  null::text as owner,
  null::integer as pid,
  null::double precision as age,
  me.rolsuper or pg_has_role(me.oid, d.datdba, 'USAGE') as removable,
  false as become_owner
from
  pg_catalog.pg_database d
  cross join pg_catalog.pg_roles me
where
  d.oid = :database::oid and d.datistemplate and me.rolname = current_user
union all
select
  'PREPARED_TRANSACTION',
  p.gid,
  p.owner::text,
  null,
  extract(epoch from clock_timestamp() - p.prepared) * 1000,
  me.rolsuper
    or case
      -- from 16 on a membership may come without the right to SET ROLE
      when current_setting('server_version_num')::integer >= 160000
        then pg_has_role(me.oid, p.owner, 'SET')
      else pg_has_role(me.oid, p.owner, 'MEMBER')
    end,
  not me.rolsuper and p.owner <> current_user
from
  pg_catalog.pg_prepared_xacts p
  cross join pg_catalog.pg_roles me
where
  p.database = :name and me.rolname = current_user
union all
select
  case when s.active_pid is null then 'IDLE_SLOT' else 'ACTIVE_SLOT' end,
  s.slot_name::text,
  null,
  s.active_pid,
  null,
  me.rolsuper or me.rolreplication,
  false
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
  null,
  me.rolsuper or pg_has_role(me.oid, s.subowner, 'USAGE'),
  false
from
  pg_catalog.pg_subscription s
  join pg_catalog.pg_roles o on o.oid = s.subowner
  cross join pg_catalog.pg_roles me
where
  s.subdbid = :database::oid and me.rolname = current_user
order by 1, 2
