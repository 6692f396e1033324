-- Temporary databases that recreating a database left behind. Their names say which database they
-- were made for and by which build, from the statement on that makes them; most bear a comment too,
-- whose last line names that database. A living build holds an advisory lock under its number; our
-- own counts only where it recreates that very database.
with
  ours (key) as (select :build::bigint & 4294967295),
  temporary as (
    select
      -- named, because up to PostgreSQL 11 the star leaves out oid
      d.oid,
      d.datname,
      d.datallowconn,
      d.datconnlimit,
      d.datdba,
      part.text[1] = 'new' as new,
      part.text[2]::bigint as made_for,
      ('x' || part.text[3])::bit(32)::bigint as key
    from
      pg_catalog.pg_database d
      cross join lateral regexp_matches(
        d.datname::text, '^pgkill_(new|old)_([0-9]{1,10})_([0-9a-f]{8})$'
      ) as part (text)
  )
select
  t.oid::bigint as oid,
  t.datname::text as name,
  t.new,
  t.made_for,
  t.key = ours.key as ours,
  -- as it was made, while it is filled, or half dropped
  not t.datallowconn or t.datconnlimit = 1 or t.datconnlimit = -2 as shut,
  pg_has_role(t.datdba, 'USAGE') as may_drop,
  not exists (
    select from pg_catalog.pg_database f where f.oid::bigint = t.made_for
  ) as orphan,
  coalesce(right(shobj_description(t.oid, 'pg_database'), length(:mark)) = :mark, false) as marked,
  exists (
    select from pg_catalog.pg_stat_get_activity(null) s where s.datid = t.oid
  ) as in_use,
  exists (
    select
    from pg_catalog.pg_locks l
    where
      l.locktype = 'advisory'
      and l.granted
      and l.objsubid = 2
      and l.classid::bigint = t.key
      and (t.key <> ours.key or l.objid::bigint = t.made_for)
  ) as held
from
  temporary t
  cross join ours
order by 2
