-- The role whose privileges count now.
select current_user::text as role
