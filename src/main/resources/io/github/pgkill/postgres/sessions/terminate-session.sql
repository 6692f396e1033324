-- Chooses and signals one session in one statement: the function is in the target list over a
-- finished selection, never in a condition, which the planner may reorder.
-- No row: the identity is not there any more or does not match any more.
select
  pg_catalog.pg_terminate_backend(victim.pid) as signalled
from
  (
    select m.pid
    from ({{sessions/matching-sessions}}) m
    where m.included and m.excluded_by is null and m.started = :started
    offset 0
  ) victim
