-- Security labels of a database.
select l.provider, l.label
from pg_catalog.pg_shseclabel l
where l.objoid = :database::oid and l.classoid = 'pg_catalog.pg_database'::regclass
order by 1
