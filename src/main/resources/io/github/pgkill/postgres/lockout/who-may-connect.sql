-- Roles that can log in and may still connect to a database, whatever lets them.
select
  r.oid::bigint as oid,
  r.rolname::text as name,
  r.rolsuper as superuser
from
  pg_catalog.pg_roles r
where
  r.rolcanlogin
  and has_database_privilege(r.oid, :database::oid, 'CONNECT')
order by
  r.rolname
