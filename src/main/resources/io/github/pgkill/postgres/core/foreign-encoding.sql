-- In which encoding the database's texts are written, and in which we judge them; no row where that
-- is the same. With some databases from which they would be judged in their own.
select
  pg_encoding_to_char(d.encoding)::text as theirs,
  getdatabaseencoding()::text as ours,
  array(
    select o.datname::text
    from pg_catalog.pg_database o
    where
      o.encoding = d.encoding
      and o.oid <> d.oid
      and o.datallowconn
      and has_database_privilege(o.oid, 'CONNECT')
    order by o.datname
    limit 3
  ) as alike
from pg_catalog.pg_database d
where
  d.oid = :database::oid
  and pg_encoding_to_char(d.encoding)::text <> getdatabaseencoding()::text
