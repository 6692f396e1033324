-- What closing, opening, renaming and dropping a database leave in its row, as one short text to
-- compare nodes by: a clone may be past any position of the log and have another row.
select
  md5(
    concat_ws(
      '|',
      d.oid,
      d.datname,
      d.datallowconn,
      d.datconnlimit,
      d.datacl,
      shobj_description(d.oid, 'pg_database')
    )
  ) as mark
from
  pg_catalog.pg_database d
where
  d.oid = :database::oid
