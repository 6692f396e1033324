-- The role that logged in, whatever it became since.
select session_user::text as role
