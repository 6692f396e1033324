package io.github.pgkill.connection;

import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillFailure;

/**
 * Decides which connection is meant.
 *
 * <p>The sources in their order: the parameters ({@code user} and {@code password}, then {@code
 * url}, then the entry of settings.xml that {@code serverId} names); the build's own connection
 * ({@code connectionFrom}); the service that {@code PGSERVICE} names; libpq's environment; libpq's
 * defaults. Host, port and database come from the first source that names any of them; what it
 * leaves out is libpq's default and never another source's. User and password come each from the
 * first source that has one, the password at last from the password file.
 *
 * <p>The parameter {@code database} alone names no server: it selects a database on the server that
 * the first other source names, so that {@code -Dpgkill.database=app} beside {@code PGHOST} means
 * that host. A service that a URL names ({@code ?service=}) is part of the URL. A JDBC URL without
 * a host means localhost, as everywhere in Java; a libpq URI that names nothing leaves it to the
 * next source.
 *
 * <p>Options of the driver come from the sources up to the one that names the target. The
 * environment completes them (TLS, authentication, {@code PGTARGETSESSIONATTRS}, {@code
 * PGCONNECT_TIMEOUT}), as in libpq.
 */
public final class ConnectionResolver {

  private final Environment environment;

  public ConnectionResolver(Environment environment) {
    this.environment = environment;
  }

  /**
   * Consults the sources; contacts nothing.
   *
   * @throws PgkillFailure when a source that is needed cannot be read or contradicts itself
   * @throws GuardRefusal when one could lead to a server that the guard never judges
   */
  public ResolvedConnection resolve(ConnectionRequest request) {
    return new Resolution(request, environment).resolve();
  }
}
