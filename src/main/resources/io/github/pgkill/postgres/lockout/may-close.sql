-- Whether this role may change the database's privileges, limit and comment.
select
  me.rolsuper or pg_has_role(me.oid, d.datdba, 'USAGE') as owner
from
  pg_catalog.pg_database d
  cross join pg_catalog.pg_roles me
where
  d.oid = :database::oid and me.rolname = current_user
