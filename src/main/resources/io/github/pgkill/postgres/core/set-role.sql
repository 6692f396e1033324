-- SET ROLE with a bound value; lasts as long as the connection.
select set_config('role', :role, false)
