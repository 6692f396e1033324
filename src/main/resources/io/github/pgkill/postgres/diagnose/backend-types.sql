-- Which kinds of processes are connected to a database; a parallel worker ends with its leader.
select distinct s.backend_type::text as backend_type
from pg_catalog.pg_stat_get_activity(null) s
where s.datid = :database::oid and s.backend_type <> 'parallel worker'
