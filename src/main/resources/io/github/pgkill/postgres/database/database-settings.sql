-- Settings of a database, and of roles in it, in the order in which they were made; their values
-- as bytes: what somebody wrote from a database of another encoding is no text here.
select
  r.rolname::text as role,
  split_part(c.setting, '=', 1) as name,
  replace(
    substr(c.setting, length(split_part(c.setting, '=', 1)) + 2), chr(92), chr(92) || chr(92)
  )::bytea as value
from
  pg_catalog.pg_db_role_setting s
  left join pg_catalog.pg_roles r on r.oid = s.setrole
  cross join unnest(s.setconfig) with ordinality as c (setting, place)
where
  s.setdatabase = :database::oid
order by
  r.rolname nulls first, c.place
