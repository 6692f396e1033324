-- Prepared transactions that hold a lock on these objects of the database.
select distinct x.*
from
  pg_catalog.pg_locks l
  join unnest(:lock_classes::bigint[], :lock_objects::bigint[]) as wanted (class, object)
    on wanted.object = coalesce(l.relation, l.objid)::bigint
    and wanted.class = coalesce(l.classid, 'pg_catalog.pg_class'::regclass)::bigint
  join ({{prepared/shown-transactions}}) x on x.virtualtransaction = l.virtualtransaction
where
  l.pid is null
  and l.granted
  and l.locktype in ('relation', 'object')
  and l.database = :database::oid
  and l.mode <> 'SIReadLock'
order by
  prepared_at, gid
