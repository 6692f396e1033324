-- Sessions that hold up replay by a lock: on a standby nobody but replay can wait for an ACCESS
-- EXCLUSIVE lock, and pg_blocking_pids() is empty for it.
select distinct
  h.pid,
  r.rolname::text as username,
  coalesce(s.application_name, '') as application_name,
  d.datname::text as database,
  s.state
from
  pg_catalog.pg_locks w
  join pg_catalog.pg_locks h
    on h.granted
    and h.pid <> w.pid
    and h.locktype = w.locktype
    and (h.database, h.relation, h.classid, h.objid, h.objsubid)
      is not distinct from (w.database, w.relation, w.classid, w.objid, w.objsubid)
  left join pg_catalog.pg_stat_get_activity(null) s on s.pid = h.pid
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
  left join pg_catalog.pg_database d on d.oid = s.datid
where
  not w.granted
  and w.mode = 'AccessExclusiveLock'
order by
  h.pid
