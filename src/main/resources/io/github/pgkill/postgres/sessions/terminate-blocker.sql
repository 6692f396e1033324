-- Chooses and terminates one session in one statement, if it still is the one that was selected, if it
-- still keeps one of these sessions waiting, and if it is none of the program that waits. The
-- function is in the target list over a finished selection, as in terminate-sessions.sql.
select
  pg_catalog.pg_terminate_backend(victim.pid) as signalled
from
  (
    select m.pid
    from
      ({{sessions/matching-sessions}}) m
      cross join (
        select
          :started::text as started,
          :waiter_pids::integer[] as waiters,
          :program_names::text[] as names,
          :program_patterns::text[] as patterns,
          :program_pids::integer[] as pids
      ) q
    where m.included and m.excluded_by is null and m.started = q.started
      and m.pid <> all (q.waiters)
      and not coalesce(m.application_name = any (q.names), false)
      and not coalesce(m.application_name ~ any (q.patterns), false)
      and not coalesce(m.pid = any (q.pids), false)
      and m.pid in (select c.pid from ({{sessions/blocking-chain}}) c)
    offset 0
  ) victim
