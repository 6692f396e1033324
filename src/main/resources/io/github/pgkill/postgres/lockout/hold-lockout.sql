-- Takes a build's advisory lock on a database; it lasts as long as this session. Shared, so that the
-- build can take it again while the server still believes in a session that it has lost.
select pg_try_advisory_lock_shared(:build::integer, :database::integer) as held
