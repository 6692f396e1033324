-- The names of all roles that can log in.
select r.rolname::text as name from pg_catalog.pg_roles r where r.rolcanlogin
