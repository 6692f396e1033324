-- The bytes of session s's query with those beyond ASCII as numbers: for words that are ASCII, in
-- a text of whatever encoding.
encode(replace(s.query, chr(92), chr(92) || chr(92))::bytea, 'escape')
