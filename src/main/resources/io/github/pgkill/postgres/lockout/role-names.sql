-- The roles behind these object ids, and whether we may act as each of them: SET ROLE asks for the
-- role that logged in, not for the one that counts now.
select
  r.oid::bigint as oid,
  r.rolname::text as name,
  r.rolsuper as superuser,
  pg_has_role(session_user, r.oid, case when current_setting('server_version_num')::integer >= 160000
    then 'SET' else 'MEMBER' end) as may_act_as
from
  pg_catalog.pg_roles r
where
  r.oid = any (:oids::oid[])
