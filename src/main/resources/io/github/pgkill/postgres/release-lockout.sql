-- Gives the advisory lock up.
select pg_advisory_unlock(?::integer, ?::integer) as released
