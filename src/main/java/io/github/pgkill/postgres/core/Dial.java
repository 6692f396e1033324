package io.github.pgkill.postgres.core;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;
import org.postgresql.Driver;

/** How every connection is dialled: by our own driver, and never for longer than it may take. */
public final class Dial {

  /** Host, port and database are handed over beside it, where nothing has to be escaped. */
  private static final String URL = "jdbc:postgresql://";

  private Dial() {}

  /** Opens the connection that these properties of the driver describe. */
  public static Connection dial(Properties properties) throws SQLException {
    // not DriverManager: another plugin of the build may have initialised it without our driver
    Connection connection = new Driver().connect(URL, properties);
    if (connection == null) {
      throw new IllegalStateException("the driver does not know its own URL");
    }
    return connection;
  }

  /**
   * A server that accepts and never answers must not hold the build, nor keep the next host from
   * being tried. The driver waits anew at each step: to connect, for TLS, for the login.
   */
  public static void bound(Properties properties, Duration atMost, int hosts) {
    long millis = atMost.toMillis();
    long step = hosts == 1 ? millis : millis / hosts / 2;
    String seconds = Long.toString(Math.max(1, step / 1000));
    properties.setProperty("connectTimeout", seconds);
    properties.setProperty("socketTimeout", seconds);
    properties.setProperty("loginTimeout", Double.toString(millis / 1000.0));
  }
}
