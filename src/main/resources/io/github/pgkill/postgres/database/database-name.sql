-- The name that a database has now.
select d.datname::text as name from pg_catalog.pg_database d where d.oid = ?::oid
