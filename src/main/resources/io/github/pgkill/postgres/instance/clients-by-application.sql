-- Who has the server's connections: clients' sessions by application and role, most first, with the
-- role's own limit. Who may not see a backend's type counts it as a client's, as in free-slots.
select
  s.application_name as application,
  r.rolname::text as role,
  case when r.rolconnlimit >= 0 and not r.rolsuper then r.rolconnlimit end as role_limit,
  count(*)::integer as sessions,
  (count(*) filter (where s.datid = :database))::integer as here
from
  pg_catalog.pg_stat_activity s
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
where
  s.backend_type = 'client backend'
  or (s.backend_type is null and s.datid is not null and s.usesysid is not null)
group by
  1, 2, 3
order by
  sessions desc, application, role
