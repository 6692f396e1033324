-- Whether others wait for session s, of whatever database, and it waits for nobody. A fragment of
-- matching-sessions.sql. The server tells leaders for parallel workers, and 0 for a prepared
-- transaction, which is nobody's process.
s.pid = any (array(
  with waiting as (
    select distinct coalesce(w.leader_pid, l.pid) as pid
    from
      pg_catalog.pg_locks l
      left join ({{sessions/parallel-workers}}) w on w.pid = l.pid
    where not l.granted
  )
  select b.pid
  from (select distinct unnest(pg_blocking_pids(waiting.pid)) as pid from waiting) b
  where b.pid not in (select waiting.pid from waiting where waiting.pid is not null)
))
