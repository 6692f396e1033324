-- Sessions of other databases, and processes without one, for which sessions of this one wait: a lock
-- on something that all databases share, such as a role.
select distinct
  a.pid,
  d.datname as database,
  r.rolname as username
from
  pg_catalog.pg_stat_get_activity(null) s
  join (select distinct l.pid from pg_catalog.pg_locks l where not l.granted) w on w.pid = s.pid
  cross join lateral unnest(pg_blocking_pids(w.pid)) as b (pid)
  join pg_catalog.pg_stat_get_activity(null) a on a.pid = b.pid
  left join pg_catalog.pg_database d on d.oid = a.datid
  left join pg_catalog.pg_roles r on r.oid = a.usesysid
where
  s.datid = :database::oid
  and a.datid is distinct from s.datid
order by
  a.pid
