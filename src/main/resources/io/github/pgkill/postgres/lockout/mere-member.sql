-- Whether the role that counts now is neither that one nor a superuser.
select r.rolname <> :role and not r.rolsuper as member
from pg_catalog.pg_roles r
where r.rolname = current_user
