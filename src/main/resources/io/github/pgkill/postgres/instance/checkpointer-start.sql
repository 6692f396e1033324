-- When the checkpointer began: with the server, and anew after every crash. Null where this role
-- may not see it.
select
  max(s.backend_start)::text as started
from
  pg_catalog.pg_stat_get_activity(null) s
where
  s.backend_type = 'checkpointer'
