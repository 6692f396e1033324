-- What CREATE DATABASE must be told to make the like of a database. Columns that came and went:
-- datlocprovider from 15 on; the locale is daticulocale in 15 and 16, datlocale from 17 on; the
-- rules from 16 on. A tablespace is named only if it is not template0's, because naming one takes
-- a privilege.
select
  pg_get_userbyid(d.datdba)::text as owner,
  pg_encoding_to_char(d.encoding)::text as encoding,
  d.datcollate::text as lc_collate,
  d.datctype::text as lc_ctype,
  j.columns ->> 'datlocprovider' as locale_provider,
  coalesce(j.columns ->> 'datlocale', j.columns ->> 'daticulocale') as locale,
  j.columns ->> 'daticurules' as icu_rules,
  case when d.dattablespace <> z.dattablespace then t.spcname::text end as tablespace,
  d.datistemplate as template
from
  pg_catalog.pg_database d
  join pg_catalog.pg_tablespace t on t.oid = d.dattablespace
  join pg_catalog.pg_database z on z.datname = 'template0'
  cross join lateral (select to_jsonb(d) - 'datacl' as columns) j
where
  d.oid = :database::oid
