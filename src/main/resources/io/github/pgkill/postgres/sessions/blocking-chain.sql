-- These sessions and everybody for whom they wait, directly or through others who wait themselves.
-- A fragment: looking and signalling select from it, so that they cannot differ. A parallel worker
-- is counted as its leader; 0, a prepared transaction, has no process and is left out.
with recursive chain (pid) as (
  select w.pid
  from
    unnest(:waiter_pids::integer[], :waiter_starts::text[]) as i (pid, started)
    cross join lateral pg_catalog.pg_stat_get_activity(i.pid) w
  where w.backend_start::text = i.started
  union
  select b.pid
  from
    chain c
    cross join lateral unnest(pg_blocking_pids(c.pid)) as b (pid)
  where b.pid <> 0
)
select chain.pid from chain
