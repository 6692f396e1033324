-- The row that says that Liquibase is at work, if it does; the table's name takes the place.
select
  l.lockedby::text as locked_by,
  l.lockgranted::text as granted
from
  %I.%I l
where
  l.locked
