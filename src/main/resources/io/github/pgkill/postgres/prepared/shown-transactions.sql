-- Every prepared transaction of the server, as it is shown, and what finds its locks. A fragment.
--
-- locks     those beside the one on its own transaction id. In pg_locks a prepared transaction has
--           no pid, and bears its transaction id as virtualtransaction only after a restart of the
--           server: until then the lock on that id tells which rows belong to it.
select
  x.gid,
  coalesce(x.owner::text, '(a dropped role)') as owner,
  x.owner as role,
  x.database,
  x.transaction::text::bigint as transaction,
  x.prepared::text as prepared,
  x.prepared as prepared_at,
  extract(epoch from clock_timestamp() - x.prepared) * 1000 as age,
  own.virtualtransaction,
  (
    select count(*)::integer
    from pg_catalog.pg_locks l
    where
      l.pid is null
      and l.virtualtransaction = own.virtualtransaction
      and l.locktype <> 'transactionid'
  ) as locks
from
  pg_catalog.pg_prepared_xacts x
  left join pg_catalog.pg_locks own
    on own.pid is null and own.locktype = 'transactionid' and own.transactionid = x.transaction
