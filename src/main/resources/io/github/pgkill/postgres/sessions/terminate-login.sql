-- Ends a client that is logging in, if it still is; found and signalled in one statement.
select
  pg_catalog.pg_terminate_backend(victim.pid) as signalled
from
  (
    select c.pid
    from ({{sessions/clients-logging-in}}) c
    where c.pid = :pid
    offset 0
  ) victim
