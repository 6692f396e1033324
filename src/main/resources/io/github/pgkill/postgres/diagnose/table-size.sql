-- How much a table takes, its large values included; none when it is gone.
select pg_table_size(:relation::oid) as bytes
