-- How much a table takes, its large values included; none when it is gone.
select pg_table_size(?::oid) as bytes
