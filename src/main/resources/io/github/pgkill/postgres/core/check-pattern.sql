-- Lets the server judge a regular expression before it is used.
select '' ~ :pattern
