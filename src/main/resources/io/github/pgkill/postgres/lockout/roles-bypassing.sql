-- Roles that can log in and that no revocation of CONNECT stops: superusers, and those that are or
-- inherit from a role that stays admitted.
select
  r.rolname::text as name,
  r.rolsuper as superuser
from
  pg_catalog.pg_roles r
where
  r.rolcanlogin
  and (
    r.rolsuper
    or exists (
      select
      from pg_catalog.pg_roles admitted
      where
        admitted.rolname = any (:admitted::text[])
        and pg_has_role(r.oid, admitted.oid, 'USAGE')
    )
  )
