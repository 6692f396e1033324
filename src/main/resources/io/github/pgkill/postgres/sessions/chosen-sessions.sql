-- Which of these identities are still there and still match the whole filter, as one row of two
-- arrays. A fragment: the aggregate stands between choosing and signalling, so that everybody is
-- judged before the first is signalled. Without it a filter that raises an error at the last of
-- twenty finds nineteen dead (offset 0 and materialized selections included).
select
  array_agg(m.pid order by w.place) as pids,
  array_agg(w.place order by w.place) as places
from
  unnest(:wanted_pids::integer[], :wanted_starts::text[]) with ordinality
    as w (pid, started, place)
  join ({{sessions/matching-sessions}}) m on m.pid = w.pid and m.started = w.started
where
  m.included and m.excluded_by is null
  and (not :running_only::boolean or m.state = 'active')
