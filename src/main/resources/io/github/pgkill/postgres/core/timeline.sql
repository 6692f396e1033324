-- The timeline of a primary, higher after each promotion, as eight hexadecimal digits. The control
-- file tells of a promotion only after its next checkpoint. Not part of server-info.sql: not every
-- managed service lets anybody ask for the log.
select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) as timeline
