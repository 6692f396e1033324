-- The sessions of one database as the server shows them now, each judged by the whole filter.
-- A fragment: other statements select from it, so that choosing and signalling can never differ.
--
-- included     the filters match. What this role may not see (backend_start is null) is judged by
--              what everybody sees; a filter on anything else was refused before this runs.
-- excluded_by  the rule that spares it, by its name in Exclusion.java, or null. Exclusions win.
--
-- A value that is null or an empty string where a filter asks for one does not match. What is not
-- known at all although the filters ask for it (unjudged.sql) matches and is spared. Who has not
-- said its name yet (login-unfinished.sql) does not match yet, and is unnamed.
-- pg_stat_get_activity(pid) shows one session, pg_stat_get_activity(null) all of them.
select
  s.*,
  s.backend_start::text as started,
  r.rolname as username,
  coalesce(r.rolsuper, false) as superuser,
  (
    f.session_users is null
    or coalesce(r.rolname = any (f.session_users), false)
    or coalesce(btrim(r.rolname) = any (f.session_users), false)
  )
    and (
      (f.application_names is null and f.application_patterns is null)
      or coalesce(s.application_name = any (f.application_names), false)
      or coalesce(btrim(s.application_name) = any (f.application_names), false)
      or coalesce(s.application_name ~ any (f.application_patterns), false)
    )
    and (f.pids is null or s.pid = any (f.pids))
    -- locks are shown to everybody; in the place of what nobody asked for stands a constant
    and {{sessions/holding-locks}}
    and {{sessions/root-blockers}}
    and case
      when s.backend_start is null then
        -- hidden: a process without a role is the server's own, never a client's
        s.usesysid is not null
      else
        coalesce(s.backend_type = any (f.backend_types), false)
        and {{sessions/login-unfinished}} is not true
        and (
          (f.client_blocks is null and not f.client_local)
          or coalesce(s.client_addr <<= any (f.client_blocks), false)
          or (f.client_local and coalesce(s.client_port = -1, false))
        )
        and (
          f.min_session_age is null
          or coalesce(statement_timestamp() - s.backend_start >= f.min_session_age, false)
        )
        and (
          coalesce(f.needs_activity and s.state = 'disabled', false)
          or (
            (f.states is null or coalesce(s.state = any (f.states), false))
            and (
              f.query_pattern is null
              or coalesce({{sessions/query-text}} ~ f.query_pattern, false)
            )
            and (
              f.min_transaction_age is null
              or coalesce(statement_timestamp() - s.xact_start >= f.min_transaction_age, false)
            )
            and (
              f.min_query_age is null
              or coalesce(statement_timestamp() - s.query_start >= f.min_query_age, false)
            )
            and (
              f.min_state_age is null
              or coalesce(statement_timestamp() - s.state_change >= f.min_state_age, false)
            )
          )
        )
    end as included,
  {{sessions/login-unfinished}} is true as unnamed,
  case
    when exists (
      select from unnest(f.own_pids, f.own_starts) as own (pid, started)
      where own.pid = s.pid and own.started = coalesce(s.backend_start::text, own.started)
    ) then 'OWN_SESSION'
    when r.rolname = any (f.provider_roles) then 'PROVIDER'
    when s.application_name ~* f.backup_tools then 'BACKUP_TOOL'
    when r.rolname = any (f.exclude_session_users) then 'EXCLUDE_SESSION_USERS'
    when s.application_name = any (f.exclude_application_names)
      or s.application_name ~ any (f.exclude_application_patterns)
      then 'EXCLUDE_APPLICATION_NAMES'
    when s.client_addr <<= any (f.exclude_client_blocks)
      or (f.exclude_client_local and s.client_port = -1)
      then 'EXCLUDE_CLIENT_ADDRESSES'
    when {{sessions/unjudged}} then 'UNJUDGED'
    when f.exclude_query_pattern is not null
      and {{sessions/query-text}} ~ f.exclude_query_pattern then 'EXCLUDE_QUERY_PATTERN'
    when {{sessions/waited-before}} then 'WAITED_BEFORE'
    else {{sessions/migration-rule}}
  end as excluded_by
from
  (
    select
      :pid::integer as pid,
      :database::oid as database,
      :session_users::text[] as session_users,
      :exclude_session_users::text[] as exclude_session_users,
      :application_names::text[] as application_names,
      :application_patterns::text[] as application_patterns,
      :exclude_application_names::text[] as exclude_application_names,
      :exclude_application_patterns::text[] as exclude_application_patterns,
      :client_blocks::inet[] as client_blocks,
      :client_local::boolean as client_local,
      :exclude_client_blocks::inet[] as exclude_client_blocks,
      :exclude_client_local::boolean as exclude_client_local,
      :states::text[] as states,
      :query_pattern::text as query_pattern,
      :exclude_query_pattern::text as exclude_query_pattern,
      :query_codes::integer[] as query_codes,
      :needs_activity::boolean as needs_activity,
      :min_session_age::interval as min_session_age,
      :min_transaction_age::interval as min_transaction_age,
      :min_query_age::interval as min_query_age,
      :min_state_age::interval as min_state_age,
      :backend_types::text[] as backend_types,
      :pids::integer[] as pids,
      :own_pids::integer[] as own_pids,
      :own_starts::text[] as own_starts,
      :provider_roles::text[] as provider_roles,
      :backup_tools::text as backup_tools,
      :lock_classes::bigint[] as lock_classes,
      :lock_objects::bigint[] as lock_objects,
      :waited_pids::integer[] as waited_pids,
      :waited_starts::text[] as waited_starts,
      :build_addresses::inet[] as build_addresses,
      :build_ports::integer[] as build_ports
  ) f
  cross join lateral pg_catalog.pg_stat_get_activity(f.pid) s
  left join pg_catalog.pg_roles r on r.oid = s.usesysid
where
  s.datid = f.database
