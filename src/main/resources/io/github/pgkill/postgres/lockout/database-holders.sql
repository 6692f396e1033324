-- Who has hold of a database or waits for it: whoever has its row changed and has not committed yet,
-- and whoever has or awaits a lock on it as an object, as COMMENT, RENAME and DROP do; a login does
-- for a moment. Without this session. A prepared transaction holds locks without a process.
--
-- waits  for such a lock
-- bars   holds what keeps others from changing the database, which not everything does that keeps
--        DROP from it
with
  target as (
    select d.oid, d.xmax from pg_catalog.pg_database d where d.oid = :database::oid
  ),
  held as (
    select
      l.pid,
      l.virtualtransaction,
      l.granted,
      l.granted
        and (
          l.locktype = 'transactionid'
          or l.mode in (
            'ShareUpdateExclusiveLock',
            'ShareLock',
            'ShareRowExclusiveLock',
            'ExclusiveLock',
            'AccessExclusiveLock'
          )
        ) as bars
    from
      pg_catalog.pg_locks l
      cross join target t
    where
      l.pid is distinct from pg_backend_pid()
      and (
        (l.locktype = 'transactionid' and l.granted and l.transactionid = t.xmax)
        or (
          l.locktype = 'object'
          and l.database = 0
          and l.classid = 'pg_catalog.pg_database'::regclass
          and l.objid = t.oid
        )
      )
  )
select
  h.pid,
  a.backend_start::text as started,
  a.usename::text as role,
  a.application_name::text as application,
  p.gid,
  bool_or(not h.granted) as waits,
  bool_or(h.bars) as bars
from
  held h
  left join pg_catalog.pg_stat_activity a on a.pid = h.pid
  left join ({{prepared/shown-transactions}}) p
    on h.pid is null and p.virtualtransaction = h.virtualtransaction
group by
  1, 2, 3, 4, 5
order by
  6, 1, 5
