-- Clients that hold a process but no session yet: at the password prompt or a moment before they
-- are listed. They are in pg_locks already; PostgreSQL 18 lists them too, without a database.
-- Which database they want is not known yet. Where the server hides the state from this role, a
-- process without database and role is taken for one: the server's own ones hardly ever hold locks.
select distinct
  l.pid
from
  pg_catalog.pg_locks l
  left join pg_catalog.pg_stat_get_activity(null) s on s.pid = l.pid
where
  l.pid is not null
  and l.pid <> pg_backend_pid()
  and (
    s.pid is null
    or (
      s.datid is null
      and (s.state = 'starting' or (s.backend_start is null and s.usesysid is null))
    )
  )
