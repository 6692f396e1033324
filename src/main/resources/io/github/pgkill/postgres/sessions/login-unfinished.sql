-- Whether session s is listed before it has said its name. A fragment; true or null. The server
-- itself enters the name last; until then there is no state either, and before PostgreSQL 18 no
-- transaction, which a login trigger would have.
(
  s.backend_type in ('client backend', 'walsender')
  and s.backend_start is not null
  and s.application_name = ''
  and (
    (s.state is null and (s.xact_start is null or {{sessions/login-recent}}))
    or {{sessions/naming-itself}}
  )
)
