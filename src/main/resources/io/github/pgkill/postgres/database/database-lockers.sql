-- Who holds or awaits a lock on a database as an object, as RENAME, DROP and COMMENT do; a login
-- does for a moment. Without this session; a prepared transaction has no pid.
select
  l.pid,
  bool_or(not l.granted) as waits
from
  pg_catalog.pg_locks l
where
  l.locktype = 'object'
  and l.database = 0
  and l.classid = 'pg_catalog.pg_database'::regclass
  and l.objid = :database::oid
  and l.pid is distinct from pg_backend_pid()
group by
  l.pid
order by
  2, 1
