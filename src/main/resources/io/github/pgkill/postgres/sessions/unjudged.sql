-- Whether the server shows session s and yet not what the filters ask: nothing of what it does
-- where its track_activities is off, and a name with blanks around it is none that a parameter can
-- hold. A fragment of matching-sessions.sql: such a session matches and is never signalled, so that
-- whoever looks can refuse the filters, instead of missing it in silence.
(
  (f.needs_activity and s.state = 'disabled') is true
  or (
    btrim(r.rolname) = any (f.session_users || f.exclude_session_users)
    and r.rolname <> all (f.session_users || f.exclude_session_users)
  ) is true
  or (
    btrim(s.application_name) = any (f.application_names || f.exclude_application_names)
    and s.application_name <> all (f.application_names || f.exclude_application_names)
  ) is true
)
