-- The prepared transactions that hold a lock for which one of these sessions waits. A prepared
-- transaction has no pid; its locks share a virtualtransaction, and one of them is on its own id
-- (the documented join through '-1/xid' misses those prepared since the server started).
select
  x.gid,
  x.owner,
  x.database,
  x.transaction::text::bigint as transaction,
  x.prepared::text as prepared,
  extract(epoch from clock_timestamp() - x.prepared) * 1000 as age,
  (
    select count(*)
    from pg_catalog.pg_locks l
    where l.pid is null and l.virtualtransaction = own.virtualtransaction
  ) as locks
from
  pg_catalog.pg_prepared_xacts x
  join pg_catalog.pg_locks own
    on own.pid is null and own.locktype = 'transactionid' and own.transactionid = x.transaction
where
  exists (
    select
    from
      pg_catalog.pg_locks held
      join pg_catalog.pg_locks wanted
        on wanted.locktype = held.locktype
        and wanted.database is not distinct from held.database
        and wanted.relation is not distinct from held.relation
        and wanted.page is not distinct from held.page
        and wanted.tuple is not distinct from held.tuple
        and wanted.transactionid is not distinct from held.transactionid
        and wanted.classid is not distinct from held.classid
        and wanted.objid is not distinct from held.objid
        and wanted.objsubid is not distinct from held.objsubid
      -- documentation, "Table-Level Lock Modes"; each pair once, either way round
      join (
        values
          ('AccessShareLock', '{AccessExclusiveLock}'),
          ('RowShareLock', '{ExclusiveLock,AccessExclusiveLock}'),
          (
            'RowExclusiveLock',
            '{ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'
          ),
          (
            'ShareUpdateExclusiveLock',
            '{ShareUpdateExclusiveLock,ShareLock,ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'
          ),
          ('ShareLock', '{ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
          ('ShareRowExclusiveLock', '{ShareRowExclusiveLock,ExclusiveLock,AccessExclusiveLock}'),
          ('ExclusiveLock', '{ExclusiveLock,AccessExclusiveLock}'),
          ('AccessExclusiveLock', '{AccessExclusiveLock}')
      ) as c (mode, against)
        on (c.mode = held.mode and wanted.mode = any (c.against::text[]))
        or (c.mode = wanted.mode and held.mode = any (c.against::text[]))
    where
      held.pid is null
      and held.granted
      and held.virtualtransaction = own.virtualtransaction
      and wanted.pid = any (:waiter_pids::integer[])
      and not wanted.granted
  )
order by
  x.prepared
