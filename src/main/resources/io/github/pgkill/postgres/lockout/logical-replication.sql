-- Logical slots and subscriptions that live in a database; they stand still while it is closed.
select 'slot ' || s.slot_name as description
from pg_catalog.pg_replication_slots s
where s.slot_type = 'logical' and s.database = :name
union all
select 'subscription ' || s.subname
from pg_catalog.pg_subscription s
where s.subdbid = :database::oid
order by 1
