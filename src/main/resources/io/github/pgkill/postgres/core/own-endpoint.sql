-- Both ends of our connection as the server sees them; nulls over a Unix socket.
select
  host(inet_client_addr()) as client_address,
  inet_client_port() as client_port,
  inet_server_port() as server_port
