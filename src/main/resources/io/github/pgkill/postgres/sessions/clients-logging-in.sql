-- Clients that are logging in: without a session yet, or with one that has not said its name.
select
  c.pid
from
  ({{sessions/clients-without-session}}) c
union
select
  s.pid
from
  pg_catalog.pg_stat_get_activity(null) s
where
  s.pid <> pg_backend_pid()
  and {{sessions/login-unfinished}}
