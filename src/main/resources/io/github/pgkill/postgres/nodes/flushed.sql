-- Up to where the write-ahead log is safe on the primary: past every commit that was answered.
select pg_current_wal_flush_lsn()::text as flushed
