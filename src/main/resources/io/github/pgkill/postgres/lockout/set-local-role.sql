-- SET LOCAL ROLE with a bound value; lasts as long as the transaction.
select set_config('role', :role, true)
