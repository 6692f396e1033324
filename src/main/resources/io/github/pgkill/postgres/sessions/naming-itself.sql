-- Whether session s may be one whose driver gives it its name by its first statement, as PostgreSQL's
-- JDBC driver does, before PostgreSQL 12 by its second. A fragment of login-unfinished.sql, where a
-- filter asks for names: after a second a session without a name is taken for one that has none.
(
  {{sessions/login-recent}}
  and (
    (s.state = 'idle' and s.query_start is null)
    or {{sessions/query-ascii}} ~* '^set (application_name|extra_float_digits)'
  )
)
