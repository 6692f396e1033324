-- Makes the connection's behaviour ours, whatever the role's or database's own settings are: no
-- function or operator of a stranger's schema, start times as one text, every statement bounded.
-- What every version knows went with the startup packet already, unless a pooler did not want it.
-- No statement here gains from being planned for its values, and planning costs more than running.
--
-- first and without a function call: nothing may be looked up in a stranger's schema; the server
-- reads what follows only then
set search_path = pg_catalog;
select
  set_config(v.name, v.value, false)
from
  (
    values
      ('TimeZone', 'UTC'),
      ('DateStyle', 'ISO'),
      ('IntervalStyle', 'postgres'),
      ('statement_timeout', '30s'),
      ('lock_timeout', '10s'),
      ('idle_in_transaction_session_timeout', '0'),
      ('idle_session_timeout', '0'),
      ('transaction_timeout', '0'),
      ('default_transaction_isolation', 'read committed'),
      ('default_transaction_deferrable', 'off'),
      ('default_transaction_read_only', 'off'),
      ('client_min_messages', 'notice'),
      ('array_nulls', 'on'),
      -- a lockout that was lifted must not come back with a crash of the server
      ('synchronous_commit', 'local'),
      ('plan_cache_mode', 'force_generic_plan')
  ) v (name, value)
where
  -- not every version has them all
  current_setting(v.name, true) is not null
