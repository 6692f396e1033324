-- Whether session s began less than a second ago. A fragment.
statement_timestamp() - s.backend_start < interval '1 second'
