-- In which encoding the database's transactions were named, and in which we read their names: where
-- both differ and one of the names is more than ASCII. No row elsewhere.
select
  pg_encoding_to_char(d.encoding)::text as theirs,
  getdatabaseencoding()::text as ours
from
  pg_catalog.pg_database d
where
  d.oid = :database::oid
  and pg_encoding_to_char(d.encoding)::text <> getdatabaseencoding()::text
  and exists (
    select
    from
      pg_catalog.pg_prepared_xacts x
      -- a cast to bytea reads backslashes
      cross join lateral (
        select replace(x.gid, chr(92), chr(92) || chr(92))::bytea as bytes
      ) g
      cross join lateral pg_catalog.generate_series(0, octet_length(g.bytes) - 1) i
    where
      x.database = d.datname
      and get_byte(g.bytes, i) > 127
  )
