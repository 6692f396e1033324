-- Why this role may not see or signal sessions of another, so that a refusal can name the grant.
-- Without a victim (null) nothing is known of it.
select
  me.rolname::text as role,
  me.rolinherit as inherits,
  me.rolsuper as superuser,
  current_setting('server_version_num')::integer >= 160000 as inherits_by_grant,
  coalesce(victim.rolsuper, false) as victim_superuser,
  coalesce(pg_has_role(me.oid, victim.oid, 'USAGE'), false) as inherits_victim,
  case
    -- from 16 on a membership may come without the right to SET ROLE
    when victim.oid is null then false
    when current_setting('server_version_num')::integer >= 160000
      then pg_has_role(me.oid, victim.oid, 'SET')
    else pg_has_role(me.oid, victim.oid, 'MEMBER')
  end as may_become_victim,
  pg_has_role(me.oid, 'pg_read_all_stats', 'USAGE') as may_see,
  pg_has_role(me.oid, 'pg_signal_backend', 'USAGE') as may_signal
from
  pg_catalog.pg_roles me
  left join pg_catalog.pg_roles victim on victim.rolname = ?
where
  me.rolname = current_user
