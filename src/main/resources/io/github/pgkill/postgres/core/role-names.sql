-- Every role of the server, to tell whether one that somebody named is there.
select r.rolname::text as name from pg_catalog.pg_roles r order by 1
