-- Whether a role may do everything.
select
  r.rolsuper as superuser
from
  pg_catalog.pg_roles r
where
  r.rolname = :role
