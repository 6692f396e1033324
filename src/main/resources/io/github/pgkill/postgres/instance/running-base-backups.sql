-- Base backups that are running now, by process.
select p.pid from pg_catalog.pg_stat_get_progress_info('basebackup') p order by p.pid
