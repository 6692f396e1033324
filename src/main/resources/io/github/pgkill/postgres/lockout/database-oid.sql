-- The database that bears a name now.
select d.oid::bigint as oid from pg_catalog.pg_database d where d.datname = :name
