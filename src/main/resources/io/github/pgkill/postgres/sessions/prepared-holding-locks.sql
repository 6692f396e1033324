-- Prepared transactions that hold a lock on these objects of the database. Their locks have no
-- process; those of one transaction share a virtual transaction, among them the one on its own id.
select distinct
  x.gid,
  x.owner,
  x.database,
  x.transaction::text::bigint as transaction,
  x.prepared::text as prepared,
  extract(epoch from clock_timestamp() - x.prepared) * 1000 as age,
  (
    select count(*)
    from pg_catalog.pg_locks held
    where held.virtualtransaction = t.virtualtransaction and held.pid is null
  ) as locks
from
  pg_catalog.pg_locks l
  join unnest(:lock_classes::bigint[], :lock_objects::bigint[]) as wanted (class, object)
    on wanted.object = coalesce(l.relation, l.objid)::bigint
    and wanted.class = coalesce(l.classid, 'pg_catalog.pg_class'::regclass)::bigint
  join pg_catalog.pg_locks t
    on t.virtualtransaction = l.virtualtransaction
    and t.locktype = 'transactionid'
    and t.pid is null
  join pg_catalog.pg_prepared_xacts x on x.transaction = t.transactionid
where
  l.pid is null
  and l.granted
  and l.locktype in ('relation', 'object')
  and l.database = :database::oid
  and l.mode <> 'SIReadLock'
order by
  prepared, gid
