-- What session s is in the middle of that should not be interrupted unasked, or null. A fragment of
-- matching-sessions.sql, for looking only: a signal follows a look at once, and would take twice as
-- long with it.
-- Liquibase's lock is a row that is committed at once and names a host, so that nothing on the
-- server tells which session it belongs to: what such a session calls itself or asks has to do.
case
  when s.pid = any (array(select h.pid from ({{sessions/flyway-locks}}) h where h.database = f.database))
    then 'HOLDS_FLYWAY_LOCK'
  when s.xact_start is not null
    and (s.usesysid, coalesce(host(s.client_addr), ''), s.application_name) in (
      -- Flyway keeps its lock with one session and migrates with another
      select a.usesysid, coalesce(host(a.client_addr), ''), a.application_name
      from
        ({{sessions/flyway-locks}}) h
        cross join lateral pg_catalog.pg_stat_get_activity(h.pid) a
      where
        h.database = f.database
        and a.backend_start is not null
        -- where it is this build's own Flyway, others of that description are in its way
        and not exists (
          select from unnest(f.build_addresses, f.build_ports) as build (address, port)
          where build.address = a.client_addr and build.port = a.client_port
        )
    )
    then 'WORKS_FOR_FLYWAY'
  when s.application_name ~* 'liquibase'
    or (s.xact_start is not null and {{sessions/query-ascii}} ~* 'databasechangelog')
    then 'WORKS_FOR_LIQUIBASE'
  when case
      when current_setting('server_version_num')::integer >= 120000 then
        s.pid = any (array(
          select p.pid from pg_catalog.pg_stat_get_progress_info('CREATE INDEX') p
        ))
      else
        s.state = 'active'
        and {{sessions/query-ascii}} ~* '^\s*(create\s+index|create\s+unique\s+index|reindex)\y'
    end
    then 'BUILDS_INDEX'
end
