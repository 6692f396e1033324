-- Our own session's identity. Asked as the role that logged in: after SET ROLE the server may hide
-- from us when our own session began.
select
  s.pid,
  s.backend_start::text as backend_start
from
  pg_catalog.pg_stat_get_activity(pg_backend_pid()) s
