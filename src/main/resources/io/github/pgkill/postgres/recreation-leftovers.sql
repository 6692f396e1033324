-- Temporary databases that recreating a database left behind: their names say so, and the last
-- line of their comments says of which one.
select d.datname::text as name
from pg_catalog.pg_database d
where
  d.datname ~ '^pgkill_(new|old)_[0-9]+_[0-9a-f]+$'
  and right(shobj_description(d.oid, 'pg_database'), length(?)) = ?
order by 1
