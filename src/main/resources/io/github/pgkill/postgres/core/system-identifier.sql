-- Set by initdb, the same for a server and its standbys and for nobody else.
select system_identifier::text from pg_catalog.pg_control_system()
