-- Which instance this is, where on its host as far as this role may know, and which process there
-- serves us: what proves that a process of some machine is one of this server's. pg_settings leaves
-- out what this role may not see, where current_setting() would fail. After SET ROLE our own
-- session's start may be hidden from us; the inet functions hide nothing.
select
  (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint as started_micros,
  pg_is_in_recovery() as standby,
  current_setting('port')::integer as port,
  (
    select s.setting from pg_catalog.pg_settings s where s.name = 'data_directory'
  ) as data_directory,
  pg_backend_pid() as own_pid,
  (extract(epoch from me.backend_start) * 1000000)::bigint as own_micros,
  session_user::text as own_role,
  current_database()::text as own_database,
  coalesce(host(inet_client_addr()) || ':' || inet_client_port(), 'local') as own_client,
  current_setting('restart_after_crash')::boolean as restarts_after_crash,
  -- CloudNativePG puts the checksum of what it wrote into every postgresql.conf
  current_setting('cnpg.config_sha256', true) is not null as cloud_native
from
  pg_catalog.pg_stat_get_activity(pg_backend_pid()) me
