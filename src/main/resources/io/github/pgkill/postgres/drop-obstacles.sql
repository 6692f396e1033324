-- What besides sessions stands in the way of dropping a database, or would vanish with it.
select
  'TEMPLATE' as kind,
  d.datname::text as name,
  null::text as owner,
  null::integer as pid
from pg_catalog.pg_database d
where d.oid = ?::oid and d.datistemplate
union all
select 'PREPARED_TRANSACTION', p.gid, p.owner::text, null
from pg_catalog.pg_prepared_xacts p
where p.database = ?
union all
select
  case when s.active_pid is null then 'IDLE_SLOT' else 'ACTIVE_SLOT' end,
  s.slot_name::text,
  null,
  s.active_pid
from pg_catalog.pg_replication_slots s
where s.slot_type = 'logical' and s.database = ?
union all
select 'SUBSCRIPTION', s.subname::text, null, null
from pg_catalog.pg_subscription s
where s.subdbid = ?::oid
order by 1, 2
