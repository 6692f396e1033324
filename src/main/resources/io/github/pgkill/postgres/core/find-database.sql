-- The target, and whether an administrator marked it: pgkill.protected among its settings, or the
-- words "pgkill: protected" in its comment. Both are looked for among bytes: text that was written
-- from a database of another encoding swallows what follows it.
select
  d.oid::bigint as oid,
  d.datname::text as name,
  case
    when exists (
      select
      from
        pg_catalog.pg_db_role_setting s
        cross join unnest(s.setconfig) as written
        cross join lateral (
          select encode(replace(written, chr(92), chr(92) || chr(92))::bytea, 'escape')
        ) bytes (setting)
      where
        s.setdatabase = d.oid
        and setting ~* '^pgkill\.protected='
        and setting !~* '=\s*(off|false|no|0|)\s*$'
    ) then 'its setting pgkill.protected'
    when encode(
      replace(shobj_description(d.oid, 'pg_database'), chr(92), chr(92) || chr(92))::bytea,
      'escape'
    ) ~* 'pgkill:\s*protected'
      then 'the words "pgkill: protected" in its comment'
  end as protected_by
from
  pg_catalog.pg_database d
where
  d.datname = :name
