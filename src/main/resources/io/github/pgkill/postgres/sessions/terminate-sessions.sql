-- Chooses and signals some hundred sessions in one statement. The function is in the target list
-- over a finished selection, with no condition at its level, which the planner may reorder.
-- No row: the identity is not there any more or does not match any more. False: it ended between.
-- One that the server refuses breaks off the statement, and those after it get no signal.
select
  u.place,
  pg_catalog.pg_terminate_backend(u.pid) as signalled
from
  ({{sessions/chosen-sessions}}) chosen
  cross join lateral unnest(chosen.pids, chosen.places) as u (pid, place)
