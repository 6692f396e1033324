-- Which of these processes hold locks on anything inside the database.
select distinct
  l.pid
from
  pg_catalog.pg_locks l
where
  l.granted
  and l.database = :database::oid
  and l.locktype <> 'advisory'
  and l.pid = any (:pids::integer[])
