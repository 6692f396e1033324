-- Processes that hold Flyway's lock in one database.
select distinct
  f.pid
from
  ({{sessions/flyway-locks}}) f
where
  f.pid is not null
  and f.database = :database::oid
