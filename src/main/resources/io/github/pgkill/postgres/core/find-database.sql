-- The target, and whether an administrator marked it: pgkill.protected among its settings, or the
-- words "pgkill: protected" in its comment.
select
  d.oid::bigint as oid,
  d.datname::text as name,
  case
    when exists (
      select
      from
        pg_catalog.pg_db_role_setting s
        cross join unnest(s.setconfig) as setting
      where
        s.setdatabase = d.oid
        and setting ~* '^pgkill\.protected='
        and setting !~* '=\s*(off|false|no|0|)\s*$'
    ) then 'its setting pgkill.protected'
    when shobj_description(d.oid, 'pg_database') ~* 'pgkill:\s*protected'
      then 'the words "pgkill: protected" in its comment'
  end as protected_by
from
  pg_catalog.pg_database d
where
  d.datname = :name
