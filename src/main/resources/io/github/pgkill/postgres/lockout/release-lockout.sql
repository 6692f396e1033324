-- Gives the advisory lock up.
select pg_advisory_unlock_shared(:build::integer, :database::integer) as released
