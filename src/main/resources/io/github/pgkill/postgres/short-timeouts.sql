-- For a look into somebody's own tables: who has them locked must not hold us up.
select
  set_config('statement_timeout', '5s', false),
  set_config('lock_timeout', '500ms', false)
