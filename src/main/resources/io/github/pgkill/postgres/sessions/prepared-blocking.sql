-- Prepared transactions that sessions of the database wait for: pg_blocking_pids() has a 0 for them,
-- and a lock without a process is on the very thing that is waited for.
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
  pg_catalog.pg_stat_get_activity(null) s
  join pg_catalog.pg_locks wish on wish.pid = s.pid and not wish.granted
  join pg_catalog.pg_locks l
    on l.pid is null
    and l.granted
    and l.locktype = wish.locktype
    and l.mode <> 'SIReadLock'
    and (l.database, l.relation, l.page, l.tuple, l.transactionid, l.classid, l.objid, l.objsubid)
      is not distinct from (
        wish.database, wish.relation, wish.page, wish.tuple, wish.transactionid, wish.classid,
        wish.objid, wish.objsubid
      )
  join pg_catalog.pg_locks t
    on t.virtualtransaction = l.virtualtransaction
    and t.locktype = 'transactionid'
    and t.pid is null
  join pg_catalog.pg_prepared_xacts x on x.transaction = t.transactionid
where
  s.datid = :database::oid
  and 0 = any (pg_blocking_pids(wish.pid))
order by
  prepared, gid
