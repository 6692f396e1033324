-- For one transaction: gives way before a deadlock would be looked for, so that of two who want the
-- same locks in different order the administrator is never the one whom the server cancels.
select set_config('lock_timeout', :timeout, true)
