-- Whether a backend waits for a lock that nobody but this session keeps from it: neither a holder
-- nor somebody ahead of it in the queue, a prepared transaction (0) included.
select
  (
    select array_agg(distinct b.pid)
    from unnest(pg_blocking_pids(:pid)) as b (pid)
  ) = array[pg_backend_pid()] as next
