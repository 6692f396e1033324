-- Whether somebody is between pg_start_backup and pg_stop_backup; up to PostgreSQL 14.
select pg_is_in_backup() as running
