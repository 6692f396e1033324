-- What a database is called now; no row when it is gone. A connection limit of -2 marks one whose
-- DROP was interrupted.
select d.datname::text as name, d.datconnlimit = -2 as invalid
from pg_catalog.pg_database d
where d.oid = :database::oid
