-- Every name that strangers gave and that our statements may answer with, in one answer: it fails
-- where one of them is no text over this connection.
select string_agg(n.name, ',') as names
from
  (
    select d.datname::text from pg_catalog.pg_database d
    union all
    select r.rolname::text from pg_catalog.pg_roles r
    union all
    select p.gid from pg_catalog.pg_prepared_xact() p
    union all
    select t.spcname::text from pg_catalog.pg_tablespace t
    union all
    select s.subname::text from pg_catalog.pg_subscription s
    union all
    select s.nspname::text from pg_catalog.pg_namespace s
    union all
    select c.relname::text from pg_catalog.pg_class c
  ) n (name)
