-- All databases there are.
select d.oid::bigint as oid from pg_catalog.pg_database d
