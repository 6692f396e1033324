-- Prepared transactions that sessions of the database wait for: pg_blocking_pids() has a 0 for them,
-- and a lock without a process is on the very thing that is waited for.
select distinct x.*
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
  join ({{prepared/shown-transactions}}) x on x.virtualtransaction = l.virtualtransaction
where
  s.datid = :database::oid
  and 0 = any (pg_blocking_pids(wish.pid))
order by
  prepared_at, gid
