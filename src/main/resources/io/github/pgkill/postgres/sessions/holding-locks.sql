-- Whether session s holds a lock on one of the objects, itself or by a parallel worker. A fragment of
-- matching-sessions.sql. The list is made once for all sessions.
s.pid = any (array(
  select coalesce(w.leader_pid, l.pid)
  from
    pg_catalog.pg_locks l
    join unnest(f.lock_classes, f.lock_objects) as wanted (class, object)
      on wanted.object = coalesce(l.relation, l.objid)::bigint
      and wanted.class = coalesce(l.classid, 'pg_catalog.pg_class'::regclass)::bigint
    left join ({{sessions/parallel-workers}}) w on w.pid = l.pid
  where
    -- the locks of prepared transactions have no process
    l.pid is not null
    and l.granted
    and l.locktype in ('relation', 'object')
    and l.database = f.database
    -- a mark of serializable transactions that stands in nobody's way
    and l.mode <> 'SIReadLock'
))
