-- Which instance this is and since when it runs. pg_settings leaves out what this role may not see,
-- where current_setting() would fail.
select
  (extract(epoch from pg_postmaster_start_time()) * 1000000)::bigint as started_micros,
  pg_is_in_recovery() as standby,
  current_setting('port')::integer as port,
  (
    select s.setting from pg_catalog.pg_settings s where s.name = 'data_directory'
  ) as data_directory,
  pg_backend_pid() as backend_pid,
  -- CloudNativePG puts the checksum of what it wrote into every postgresql.conf
  current_setting('cnpg.config_sha256', true) is not null as cloud_native
