-- Which of some identities are still there and match the filter: the question that
-- terminate-sessions asks, without its signal. One row for each.
select
  u.place,
  true as signalled
from
  ({{sessions/chosen-sessions}}) chosen
  cross join lateral unnest(chosen.places) as u (place)
