-- The prepared transactions of one database, oldest first, each judged by the rule at this moment.
--
-- selected  the rule matches; never without a pattern
-- become    the role to switch to for ending it; null where ours may: it takes whoever prepared
--           it, or a superuser (PostgreSQL, LockGXact in twophase.c)
-- may_end   whether we may switch to that role
select
  p.gid,
  p.owner,
  p.database,
  p.transaction,
  p.prepared,
  p.age,
  p.locks,
  coalesce(
    p.gid ~ f.gid_pattern and statement_timestamp() - p.prepared_at >= f.min_age,
    false
  ) as selected,
  case when not me.rolsuper and p.role is distinct from me.rolname then p.role::text end
    as become,
  me.rolsuper
    or coalesce(
      p.role = me.rolname
        or pg_has_role(
          session_user,
          p.role,
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
  join ({{prepared/shown-transactions}}) p on p.database = d.datname
  join pg_catalog.pg_roles me on me.rolname = current_user
order by
  p.prepared_at, p.gid
