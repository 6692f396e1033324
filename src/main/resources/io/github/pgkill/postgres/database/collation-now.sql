-- The version of the collations that the installed library has for database d.
pg_database_collation_actual_version(d.oid)
