-- How many more connections the role that logged in may open to the database that it is connected
-- to, by each limit that concerns it. Walsenders have slots of their own. Who may not see a
-- backend's type counts it as a client's.
with
  clients as (
    select s.datid, s.usesysid
    from pg_catalog.pg_stat_activity s
    where
      s.backend_type = 'client backend'
      or (s.backend_type is null and s.datid is not null and s.usesysid is not null)
  )
select
  current_setting('max_connections')::integer
    - case when me.rolsuper then 0 else current_setting('superuser_reserved_connections')::integer end
    - case
        when
          me.rolsuper
          or exists (
            select
            from pg_catalog.pg_roles r
            where
              r.rolname = 'pg_use_reserved_connections'
              and pg_catalog.pg_has_role(me.oid, r.oid, 'USAGE')
          )
        then 0
        else coalesce(current_setting('reserved_connections', true)::integer, 0)
      end
    - (select count(*) from clients)::integer
    as server,
  case when me.rolconnlimit >= 0 and not me.rolsuper then
    me.rolconnlimit - (select count(*) from clients c where c.usesysid = me.oid)::integer
  end as role,
  case when d.datconnlimit >= 0 and not me.rolsuper then
    d.datconnlimit - (select count(*) from clients c where c.datid = d.oid)::integer
  end as database
from
  pg_catalog.pg_roles me,
  pg_catalog.pg_database d
where
  me.rolname = session_user
  and d.datname = current_database()
