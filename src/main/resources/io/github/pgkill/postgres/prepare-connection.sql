-- Makes the connection's behaviour ours, whatever the role's or database's own settings are: no
-- function or operator of a stranger's schema, start times as one text, every statement bounded.
select
  set_config(v.name, v.value, false)
from
  (
    values
      ('search_path', 'pg_catalog'),
      ('TimeZone', 'UTC'),
      ('DateStyle', 'ISO'),
      ('IntervalStyle', 'postgres'),
      ('statement_timeout', '30s'),
      ('lock_timeout', '10s'),
      ('idle_in_transaction_session_timeout', '0'),
      ('idle_session_timeout', '0'),
      ('default_transaction_read_only', 'off'),
      -- a lockout that was lifted must not come back with a crash of the server
      ('synchronous_commit', 'local')
  ) v (name, value)
where
  v.name in (select p.name from pg_catalog.pg_settings p)
