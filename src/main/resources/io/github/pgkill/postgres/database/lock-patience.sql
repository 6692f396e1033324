-- How long each statement of this transaction may wait for a lock.
select set_config('lock_timeout', :patience, true)
