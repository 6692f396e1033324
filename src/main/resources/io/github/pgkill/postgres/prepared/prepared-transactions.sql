-- The prepared transactions of one database, oldest first, each judged by the rule at this moment.
--
-- locks     those beside the one on its own transaction id. In pg_locks a prepared transaction has
--           no pid, and bears its transaction id as virtualtransaction only after a restart of the
--           server: until then the lock on that id tells which rows belong to it.
-- selected  the rule matches; never without a pattern
-- become    the role to switch to for ending it; null where ours may: it takes whoever prepared
--           it, or a superuser (PostgreSQL, LockGXact in twophase.c)
-- may_end   whether we may switch to that role
select
  p.gid,
  coalesce(p.owner::text, '(a dropped role)') as owner,
  d.datname::text as database,
  p.transaction::text::bigint as transaction,
  p.prepared::text as prepared,
  extract(epoch from clock_timestamp() - p.prepared) * 1000 as age,
  (
    select count(*)::integer
    from
      pg_catalog.pg_locks own
      join pg_catalog.pg_locks l on l.virtualtransaction = own.virtualtransaction
    where
      own.locktype = 'transactionid'
      and own.pid is null
      and own.transactionid = p.transaction
      and l.pid is null
      and l.locktype <> 'transactionid'
  ) as locks,
  coalesce(
    p.gid ~ f.gid_pattern and statement_timestamp() - p.prepared >= f.min_age,
    false
  ) as selected,
  case when not me.rolsuper and p.owner is distinct from me.rolname then p.owner::text end
    as become,
  me.rolsuper
    or coalesce(
      p.owner = me.rolname
        or pg_has_role(
          session_user,
          p.owner,
          -- from PostgreSQL 16 on, a membership says for itself whether it lets one switch
          case
            when current_setting('server_version_num')::integer >= 160000 then 'SET'
            else 'MEMBER'
          end
        ),
      false
    ) as may_end
from
  (select :database::oid as database, :gid_pattern::text as gid_pattern, :min_age::interval as min_age) f
  join pg_catalog.pg_database d on d.oid = f.database
  join pg_catalog.pg_prepared_xacts p on p.database = d.datname
  join pg_catalog.pg_roles me on me.rolname = current_user
order by
  p.prepared, p.gid
