-- Databases whose comment may hold the record of a lockout.
select d.datname::text as name
from pg_catalog.pg_database d
where shobj_description(d.oid, 'pg_database') like '%' || ? || '%'
order by 1
