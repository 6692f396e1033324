-- Processes that wait for a lock: a login among them waits for somebody else, and answers to the
-- server meanwhile.
select distinct l.pid
from pg_catalog.pg_locks l
where not l.granted and l.pid is not null
