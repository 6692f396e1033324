-- What a database is like as a template: its size where this role may ask for it, its tablespace if
-- it is not template0's, and the version of its collations beside the one of the library that is
-- installed now (15 and later; the function is another database's, so it is asked by name).
select
  d.datistemplate as template,
  d.datconnlimit = -2 as invalid,
  case
    when
      has_database_privilege(d.oid, 'CONNECT')
      or pg_has_role('pg_read_all_stats', 'USAGE')
    then pg_database_size(d.oid)
  end as size,
  case when d.dattablespace <> z.dattablespace then t.spcname::text end as tablespace,
  y.spcname::text as default_tablespace,
  to_jsonb(d) ->> 'datcollversion' as collation_version,
  {{database/collation-now}} as collation_now
from
  pg_catalog.pg_database d
  join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
  join pg_catalog.pg_database z on z.datname = 'template0'
  join pg_catalog.pg_tablespace y on y.oid = z.dattablespace
where
  d.oid = :database::oid
