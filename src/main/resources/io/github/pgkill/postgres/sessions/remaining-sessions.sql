-- Which of these identities are still there. A pid whose start time this role may not see counts
-- as still there: nobody is declared gone on a guess.
select
  i.pid,
  i.started,
  s.state
from
  unnest(:wanted_pids::integer[], :wanted_starts::text[]) as i (pid, started)
  join pg_catalog.pg_stat_get_activity(null) s
    on s.pid = i.pid
    and (i.started is null or s.backend_start is null or s.backend_start::text = i.started)
