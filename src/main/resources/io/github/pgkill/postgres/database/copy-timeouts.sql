-- For the one statement that copies a database: it may take so long and no longer, whatever becomes
-- of us, and waits for a lock only briefly. Where the server can look (14 and later, on Linux), it
-- gives up within a second when the build that wants the copy is gone.
select
  set_config(v.name, v.value, false)
from
  (
    values
      ('statement_timeout', :most),
      ('lock_timeout', '1s'),
      ('transaction_timeout', '0'),
      ('client_connection_check_interval', case when version() ~* 'linux' then '1s' else '0' end)
  ) v (name, value)
where
  v.name in (select p.name from pg_catalog.pg_settings p)
