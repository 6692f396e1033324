-- One row where a prepared transaction of the database has a name that is more than ASCII.
select
  true as beyond
from
  pg_catalog.pg_database d
  join pg_catalog.pg_prepared_xacts x on x.database = d.datname
  -- a cast to bytea reads backslashes
  cross join lateral (
    select replace(x.gid, chr(92), chr(92) || chr(92))::bytea as bytes
  ) g
  cross join lateral pg_catalog.generate_series(0, octet_length(g.bytes) - 1) i
where
  d.oid = :database::oid
  and get_byte(g.bytes, i) > 127
limit 1
