-- The object ids of roles by name.
select r.oid::bigint as oid, r.rolname::text as name, r.rolsuper as superuser
from pg_catalog.pg_roles r
where r.rolname = any (:names::text[])
