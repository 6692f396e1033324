-- Encoding and size of a database; no size where this role may not ask for it, which would be an
-- error.
select
  pg_encoding_to_char(d.encoding)::text as encoding,
  case
    when
      has_database_privilege(d.oid, 'CONNECT')
      or pg_has_role('pg_read_all_stats', 'USAGE')
    then pg_database_size(d.oid)
  end as size
from
  pg_catalog.pg_database d
where
  d.oid = :database::oid
