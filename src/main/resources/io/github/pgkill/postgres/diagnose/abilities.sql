-- What this role may do with a database as a whole, and with the server.
select
  me.rolsuper as superuser,
  me.rolcreatedb as creates_databases,
  me.rolsuper or pg_has_role(me.oid, d.datdba, 'USAGE') as owns,
  o.rolname::text as owner,
  d.datistemplate as template,
  d.datconnlimit = -2 as invalid,
  d.datallowconn as allows_connections,
  has_database_privilege(d.oid, 'CONNECT') as connects,
  case
    when me.rolsuper or pg_has_role(me.oid, 'pg_read_all_settings', 'USAGE')
      then current_setting('data_directory')
  end as data_directory
from
  pg_catalog.pg_database d
  join pg_catalog.pg_roles o on o.oid = d.datdba
  cross join pg_catalog.pg_roles me
where
  d.oid = :database::oid and me.rolname = current_user
