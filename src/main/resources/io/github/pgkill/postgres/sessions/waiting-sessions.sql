-- Who of this database waits for a lock now, parallel workers' leaders among them.
select
  s.pid,
  s.backend_start::text as started
from
  pg_catalog.pg_stat_get_activity(null) s
where
  s.datid = :database::oid
  and s.backend_start is not null
  and s.pid in (
    select coalesce(w.leader_pid, l.pid)
    from
      pg_catalog.pg_locks l
      left join ({{sessions/parallel-workers}}) w on w.pid = l.pid
    where not l.granted
  )
