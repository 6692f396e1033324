-- Who keeps a database from being changed: whoever has its row changed and has not committed yet,
-- and whoever holds the lock that COMMENT, RENAME and DROP take on it. A prepared transaction holds
-- them without a session; its locks are those of its virtual transaction.
with
  target as (
    select d.oid, d.xmax from pg_catalog.pg_database d where d.oid = :database::oid
  ),
  held as (
    select l.pid, l.virtualtransaction
    from pg_catalog.pg_locks l
    cross join target t
    where
      l.granted
      and (
        (l.locktype = 'transactionid' and l.transactionid = t.xmax)
        or (
          l.locktype = 'object'
          and l.classid = 'pg_catalog.pg_database'::regclass
          and l.objid = t.oid
          and l.mode in (
            'ShareUpdateExclusiveLock',
            'ShareLock',
            'ShareRowExclusiveLock',
            'ExclusiveLock',
            'AccessExclusiveLock'
          )
        )
      )
  )
select distinct
  a.pid,
  a.backend_start::text as started,
  a.usename::text as role,
  a.application_name::text as application,
  p.gid::text as gid
from
  held h
  left join pg_catalog.pg_stat_activity a on a.pid = h.pid
  left join pg_catalog.pg_locks x
    on h.pid is null
    and x.pid is null
    and x.locktype = 'transactionid'
    and x.virtualtransaction = h.virtualtransaction
  left join pg_catalog.pg_prepared_xacts p on p.transaction = x.transactionid
where
  (a.pid is not null or p.gid is not null)
  and a.pid is distinct from pg_backend_pid()
order by 1, 5
