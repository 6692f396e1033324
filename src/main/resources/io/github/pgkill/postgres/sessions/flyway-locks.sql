-- Who holds Flyway's lock, by database. A fragment. Flyway takes one advisory lock for each of its
-- history tables, for the session or for the transaction: 0x466C79776179 (Flyway in ASCII) plus the
-- hash code of the table's name, a number of 32 bits with a sign, which covers every table
-- (class PostgreSQLAdvisoryLockTemplate of flyway-database-postgresql).
select
  l.pid,
  l.database
from
  pg_catalog.pg_locks l
where
  l.granted
  and l.locktype = 'advisory'
  and l.objsubid = 1
  and (l.classid::bigint << 32 | l.objid::bigint)
    between 77431708279161 - 2147483648 and 77431708279161 + 2147483647
