-- Whoever still holds a lock on these objects of the database, whatever kind of process it is.
select distinct
  a.pid,
  a.backend_start::text as started,
  r.rolname as username,
  coalesce(a.application_name, '') as application_name,
  a.backend_type
from
  pg_catalog.pg_locks l
  join unnest(:lock_classes::bigint[], :lock_objects::bigint[]) as wanted (class, object)
    on wanted.object = coalesce(l.relation, l.objid)::bigint
    and wanted.class = coalesce(l.classid, 'pg_catalog.pg_class'::regclass)::bigint
  left join ({{sessions/parallel-workers}}) w on w.pid = l.pid
  join pg_catalog.pg_stat_get_activity(null) a on a.pid = coalesce(w.leader_pid, l.pid)
  left join pg_catalog.pg_roles r on r.oid = a.usesysid
where
  l.granted
  and l.locktype in ('relation', 'object')
  and l.database = :database::oid
  and l.mode <> 'SIReadLock'
order by
  a.pid
