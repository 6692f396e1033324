-- Settings of a database, and of roles in it, in the order in which they were made.
select
  r.rolname::text as role,
  c.setting
from
  pg_catalog.pg_db_role_setting s
  left join pg_catalog.pg_roles r on r.oid = s.setrole
  cross join unnest(s.setconfig) with ordinality as c (setting, place)
where
  s.setdatabase = :database::oid
order by
  r.rolname nulls first, c.place
