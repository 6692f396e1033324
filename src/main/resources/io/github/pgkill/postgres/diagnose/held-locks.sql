-- Who holds locks that an ACCESS EXCLUSIVE lock inside a database would wait for, or a lock on the
-- database itself, or is ahead in the queue for one: processes, and prepared transactions, whose
-- rows have no pid. Those are found by way of their own transaction's lock, because pg_locks calls
-- a fresh one and one that outlived a restart by different virtual transactions.
--
-- tables     locks on tables and the like that are not the system's own
-- objects    locks on schemas, types, functions: they stop a DROP of those, not an ALTER TABLE
-- database   the modes of locks on the database itself
--
-- Names are known only when this is asked inside that database; so is what is temporary, which
-- nobody else ever locks. 2200 is schema public, 16384 the first number of what is not built in.
select
  l.pid,
  p.gid,
  count(*) filter (where l.locktype = 'relation')::integer as tables,
  count(*) filter (where l.locktype = 'object' and l.database <> 0)::integer as objects,
  array(
    select distinct mode from unnest(array_agg(l.mode) filter (where l.database = 0)) as mode
  ) as database,
  array(
    select distinct name
    from
      unnest(
        array_agg(
          n.nspname || '.' || c.relname
            || case when l.granted then ' (' else ' (waits for ' end || l.mode || ')'
          order by c.oid
        ) filter (where c.relkind not in ('i', 'I', 't'))
      ) as name
    order by name
  ) as names
from
  pg_catalog.pg_locks l
  left join (
    select own.virtualtransaction, x.gid
    from
      pg_catalog.pg_locks own
      join pg_catalog.pg_prepared_xacts x on x.transaction = own.transactionid
    where own.locktype = 'transactionid' and own.pid is null
  ) p on l.pid is null and p.virtualtransaction = l.virtualtransaction
  left join pg_catalog.pg_database d on d.datname = current_database() and d.oid = l.database
  left join pg_catalog.pg_class c on d.oid is not null and c.oid = l.relation
  left join pg_catalog.pg_namespace n
    on n.oid = c.relnamespace
    or (d.oid is not null and l.classid = 'pg_catalog.pg_namespace'::regclass and n.oid = l.objid)
where
  (
    l.database = :database::oid
    and (
      (l.locktype = 'relation' and l.relation >= 16384)
      or (
        l.locktype = 'object'
        and (
          l.objid >= 16384
          or (l.classid = 'pg_catalog.pg_namespace'::regclass and l.objid = 2200)
        )
      )
    )
    and (
      d.oid is null
      or (
        -- what is not committed yet is nobody else's to lock, unless they drop its schema
        (l.locktype <> 'relation' or c.oid is not null)
        and (l.classid is distinct from 'pg_catalog.pg_namespace'::regclass or n.oid is not null)
        and (
          l.classid is distinct from 'pg_catalog.pg_type'::regclass
          or exists (select from pg_catalog.pg_type t where t.oid = l.objid)
        )
        and coalesce(n.nspname !~ '^pg_(toast_)?temp_', true)
      )
    )
  )
  or (
    l.locktype = 'object'
    and l.database = 0
    and l.classid = 'pg_catalog.pg_database'::regclass
    and l.objid = :database::oid
  )
group by
  l.pid, p.gid
