-- The sessions of a program or of some roles that wait for a lock in this database; with named_only
-- those that wait for nothing, too. Cheap, because it is asked many times a second: nobody's locks
-- are looked at. Those whose details this role may not see are returned, so that they can be named.
-- usesysid is the role that logged in, whatever SET ROLE came after; what a session calls itself is
-- anybody's to choose.
with activity as (
  select * from pg_catalog.pg_stat_get_activity(null)
)
select
  s.pid,
  s.backend_start::text as started,
  r.rolname as username,
  coalesce(s.application_name, '') as application_name,
  host(s.client_addr) as client_address,
  s.client_port,
  n.named,
  coalesce(s.usesysid = any (p.awaited), true) as of_roles,
  w.waits
from
  (
    select
      :database::oid as database,
      :roles::text[] as roles,
      :program_names::text[] as names,
      :program_patterns::text[] as patterns,
      :program_pids::integer[] as pids,
      :named_only::boolean as named_only,
      :awaited::oid[] as awaited
  ) p
  cross join activity s
  join pg_catalog.pg_roles r on r.oid = s.usesysid
  cross join lateral (
    select
      coalesce(s.application_name = any (p.names), false)
        or coalesce(s.application_name ~ any (p.patterns), false)
        or coalesce(s.pid = any (p.pids), false) as named
  ) n
  cross join lateral (
    select
      coalesce(s.wait_event_type = 'Lock', false)
        or exists (
          select from activity k
          where k.backend_type = 'parallel worker'
            and k.wait_event_type = 'Lock'
            -- PostgreSQL 13 and later have the column
            and (to_jsonb(k) ->> 'leader_pid')::integer = s.pid
        ) as waits
  ) w
where
  s.datid = p.database
  and coalesce(s.backend_type, 'client backend') = 'client backend'
  and (p.roles is null or r.rolname = any (p.roles))
  and (n.named or not p.named_only)
  and (p.named_only or w.waits or s.backend_start is null)
order by
  s.pid
