-- Gives the advisory lock up.
select pg_advisory_unlock_shared(?::integer, ?::integer) as released
