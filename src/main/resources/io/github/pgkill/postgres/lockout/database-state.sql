-- Everything that decides who may connect to a database, and its comment as bytes: what somebody
-- wrote from a database of another encoding is no text here. A cast to bytea reads backslashes.
select
  d.oid::bigint as oid,
  d.datname::text as name,
  d.datdba::bigint as owner,
  d.datacl is null as default_acl,
  d.datconnlimit as connection_limit,
  d.datallowconn as allow_connections,
  replace(
    shobj_description(d.oid, 'pg_database'),
    chr(92),
    chr(92) || chr(92)
  )::bytea as comment,
  -- a server without an encoding takes what we say we send
  case
    when getdatabaseencoding() = 'SQL_ASCII' then current_setting('client_encoding')
    else getdatabaseencoding()::text
  end as encoding,
  acl.grantors,
  acl.grantees,
  acl.privileges,
  acl.grantables
from
  pg_catalog.pg_database d
  cross join lateral (
    select
      array_agg(e.grantor::bigint) as grantors,
      array_agg(e.grantee::bigint) as grantees,
      array_agg(e.privilege_type) as privileges,
      array_agg(e.is_grantable) as grantables
    from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e
  ) acl
where
  d.oid = :database::oid
