-- What SET ROLE was last told on this connection: a role, or none.
select current_setting('role') as role
