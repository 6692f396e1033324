-- Whether one identity is still there and the filters still match it: the question that
-- terminate-session asks, without its signal. One row if so.
select
  true as signalled
from
  ({{sessions/matching-sessions}}) m
where
  m.included and m.excluded_by is null and m.started = :started
