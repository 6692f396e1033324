-- Whether some session, connected to whichever database, holds a build's advisory lock on a
-- database: two keys, the build's number and the database's object id.
select exists (
  select
  from pg_catalog.pg_locks l
  where
    l.locktype = 'advisory'
    and l.granted
    and l.objsubid = 2
    and l.classid = (?::bigint & 4294967295)::oid
    and l.objid = ?::oid
) as held
