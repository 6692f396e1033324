-- Why this role may not signal sessions of another, so that the error can name the grant.
select
  me.rolname::text as role,
  victim.rolsuper as victim_superuser,
  me.rolsuper as superuser,
  pg_has_role(me.oid, victim.oid, 'USAGE') as inherits_victim,
  pg_has_role(me.oid, victim.oid, 'MEMBER') as member_of_victim,
  pg_has_role(me.oid, 'pg_signal_backend', 'USAGE') as may_signal,
  pg_has_role(me.oid, 'pg_signal_backend', 'MEMBER') as member_of_signal
from
  pg_catalog.pg_roles me
  cross join pg_catalog.pg_roles victim
where
  me.rolname = current_user and victim.rolname = ?
