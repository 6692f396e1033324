-- What session s runs or ran last, as text of the database in which this is judged. The server
-- keeps the bytes of the session's own database: where its encoding is another one, each of them is
-- the character that query_codes has for it. A cast to bytea reads backslashes.
case
  when f.query_codes is null or s.query is null then s.query
  else (
    select coalesce(string_agg(chr(f.query_codes[get_byte(q.bytes, i) + 1]), '' order by i), '')
    from
      (select replace(s.query, chr(92), chr(92) || chr(92))::bytea as bytes) q
      cross join pg_catalog.generate_series(0, octet_length(q.bytes) - 1) i
  )
end
