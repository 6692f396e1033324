-- Whether session s was seen waiting for a lock before: it is one of those that the roots held up,
-- and not to end because it has got its lock since. A fragment of matching-sessions.sql.
exists (
  select from unnest(f.waited_pids, f.waited_starts) as waited (pid, started)
  where waited.pid = s.pid and waited.started = s.backend_start::text
)
