-- Databases whose comment may hold the record of a lockout: looked for as bytes, because what
-- somebody wrote from a database of another encoding is no text here.
select d.datname::text as name
from pg_catalog.pg_database d
where
  position(
    :marker::text::bytea in
    replace(shobj_description(d.oid, 'pg_database'), chr(92), chr(92) || chr(92))::bytea
  ) > 0
order by 1
