-- Lets this connection's statements take the time they need. An interrupted DROP DATABASE leaves an
-- invalid database, so nothing may interrupt one: no timeout, and no look whether we are still here.
select
  set_config(v.name, '0', false)
from
  (
    values
      ('statement_timeout'),
      ('lock_timeout'),
      ('transaction_timeout'),
      ('client_connection_check_interval')
  ) v (name)
where
  v.name in (select p.name from pg_catalog.pg_settings p)
