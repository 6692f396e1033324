package io.github.pgkill.model.lockout;

/** How a database is closed to new connections. */
public enum CloseWith {
  /** CONNECT is taken from its grantees; superusers and admitted roles still get in. */
  REVOKE,
  /** The connection limit is 0; only superusers still get in. */
  CONNECTION_LIMIT,
  /** {@code ALLOW_CONNECTIONS false}; nobody gets in, superusers included. */
  ALLOW_CONNECTIONS
}
