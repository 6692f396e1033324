-- Cancels what one session runs, chosen as terminate-session.sql does.
select
  pg_catalog.pg_cancel_backend(victim.pid) as signalled
from
  (
    select m.pid
    from ({{sessions/matching-sessions}}) m
    where m.included and m.excluded_by is null and m.started = :started and m.state = 'active'
    offset 0
  ) victim
