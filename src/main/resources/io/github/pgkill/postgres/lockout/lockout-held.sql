-- Whether some session, connected to whichever database, holds a build's advisory lock on a
-- database: two keys, the build's number and the database's object id. Everybody can read them in
-- the record, and anybody may take such a lock: it counts only for a session of the role that the
-- record names or, where it names none, of one that could have closed the database.
select exists (
  select
  from
    pg_catalog.pg_locks l
    join pg_catalog.pg_stat_activity a on a.pid = l.pid
    join pg_catalog.pg_roles r on r.oid = a.usesysid
    join pg_catalog.pg_database d on d.oid = l.objid
  where
    l.locktype = 'advisory'
    and l.granted
    and l.objsubid = 2
    and l.classid = (:build::bigint & 4294967295)::oid
    and l.objid = :database::oid
    and case
      when :login::bigint is not null then r.oid = (:login::bigint)::oid
      else r.rolsuper or pg_has_role(r.oid, d.datdba, 'MEMBER')
    end
) as held
