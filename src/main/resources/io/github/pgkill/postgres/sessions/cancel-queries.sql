-- Cancels what some hundred sessions run, chosen as terminate-sessions.sql does.
select
  u.place,
  pg_catalog.pg_cancel_backend(u.pid) as signalled
from
  ({{sessions/chosen-sessions}}) chosen
  cross join lateral unnest(chosen.pids, chosen.places) as u (pid, place)
