-- Which of these processes are sessions of the database.
select
  a.pid
from
  pg_catalog.pg_stat_activity a
where
  a.datid = :database::oid and a.pid = any (:pids)
