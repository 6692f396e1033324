-- Takes a build's advisory lock on a database; it lasts as long as this session.
select pg_try_advisory_lock(?::integer, ?::integer) as held
