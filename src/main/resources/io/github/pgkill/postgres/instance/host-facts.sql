-- Where on its host this server is, as far as this role may know, and where our own connection
-- comes from: what proves that a process of some machine is one of this server's. After SET ROLE our
-- own session's start may be hidden from us; the inet functions hide nothing.
select
  case
    when pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
      then current_setting('data_directory')
  end as data_directory,
  current_setting('port')::integer as port,
  floor(extract(epoch from pg_postmaster_start_time()) * 1000)::bigint as started,
  floor(extract(epoch from me.backend_start) * 1000)::bigint as own_start,
  coalesce(host(inet_client_addr()) || ':' || inet_client_port(), 'local') as own_client,
  session_user::text as own_role,
  current_database()::text as own_database,
  current_setting('restart_after_crash')::boolean as restarts_after_crash
from
  pg_catalog.pg_stat_get_activity(pg_backend_pid()) me
