-- Lets this connection's statements take the time they need. An interrupted DROP DATABASE leaves an
-- invalid database, so nothing may interrupt one: no timeout, and no look whether we are still here.
-- Only for a lock it waits briefly: it does so before it touches anything, and whoever queues it may
-- be gone. What it waits for later, the other processes of the server, is not a lock.
select
  set_config(v.name, v.value, false)
from
  (
    values
      ('statement_timeout', '0'),
      ('lock_timeout', '250ms'),
      ('transaction_timeout', '0'),
      ('client_connection_check_interval', '0')
  ) v (name, value)
where
  v.name in (select p.name from pg_catalog.pg_settings p)
