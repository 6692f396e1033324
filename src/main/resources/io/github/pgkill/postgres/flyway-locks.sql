-- Processes that hold Flyway's advisory lock in a database. Its number is "Flyway" (the letters'
-- codes) plus the hash code of the history table's name, which is a Java int; a bigint's two halves
-- are classid and objid.
select distinct
  l.pid
from
  pg_catalog.pg_locks l
where
  l.locktype = 'advisory'
  and l.granted
  and l.pid is not null
  and l.objsubid = 1
  and l.database = ?::oid
  and (l.classid::bigint << 32) + l.objid::bigint
    between 77431708279161 - 2147483648 and 77431708279161 + 2147483647
