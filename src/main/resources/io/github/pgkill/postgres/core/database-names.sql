-- Names to suggest to somebody who mistyped one.
select d.datname::text as name from pg_catalog.pg_database d where not d.datistemplate order by 1
