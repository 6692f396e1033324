-- Security labels of a database, as bytes.
select l.provider, replace(l.label, chr(92), chr(92) || chr(92))::bytea as label
from pg_catalog.pg_shseclabel l
where l.objoid = :database::oid and l.classoid = 'pg_catalog.pg_database'::regclass
order by 1
