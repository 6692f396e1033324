-- The role as which this session logged in, whatever it became since.
select r.oid::bigint as oid from pg_catalog.pg_roles r where r.rolname = session_user
