-- Why this role may not see or signal sessions of these others, so that a refusal can name the
-- grant. Without a victim (null) nothing is known of it.
select
  w.victim,
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
  pg_has_role(me.oid, 'pg_signal_backend', 'USAGE') as may_signal,
  exists (
    select
    from pg_catalog.pg_roles r
    where
      r.rolname = 'pg_signal_autovacuum_worker' and pg_has_role(me.oid, r.oid, 'USAGE')
  ) as may_end_vacuums,
  -- CVE-2023-5870
  case current_setting('server_version_num')::integer / 10000
    when 16 then current_setting('server_version_num')::integer < 160001
    when 15 then current_setting('server_version_num')::integer < 150005
    when 14 then current_setting('server_version_num')::integer < 140010
    when 13 then current_setting('server_version_num')::integer < 130013
    when 12 then current_setting('server_version_num')::integer < 120017
    when 11 then current_setting('server_version_num')::integer < 110022
    when 10 then true
    else false
  end as may_end_workers
from
  pg_catalog.pg_roles me
  cross join unnest(:victims::text[]) as w (victim)
  left join pg_catalog.pg_roles victim on victim.rolname = w.victim
where
  me.rolname = current_user
