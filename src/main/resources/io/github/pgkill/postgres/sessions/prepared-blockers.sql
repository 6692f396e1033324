-- The prepared transactions that hold a lock for which one of these sessions waits.
select
  x.*
from
  ({{prepared/shown-transactions}}) x
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
      and held.virtualtransaction = x.virtualtransaction
      and wanted.pid = any (:waiter_pids::integer[])
      and not wanted.granted
  )
order by
  x.prepared_at
