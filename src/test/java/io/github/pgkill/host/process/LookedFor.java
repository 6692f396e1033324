package io.github.pgkill.host.process;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.server.InstanceInfo.Serving;
import io.github.pgkill.testing.TestServer;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.Properties;
import org.postgresql.Driver;

/** A server that is looked for among the processes of this machine, also by another user. */
final class LookedFor {

  private LookedFor() {}

  /** What a server says of itself to a superuser who is connected to database postgres by TCP. */
  static InstanceInfo told(int port, String dataDirectory, Connection connection)
      throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "select extract(epoch from pg_postmaster_start_time()) * 1000,"
                    + " extract(epoch from backend_start) * 1000, pid,"
                    + " host(client_addr) || ':' || client_port"
                    + " from pg_stat_activity where pid = pg_backend_pid()")) {
      row.next();
      return new InstanceInfo(
          "1",
          Instant.ofEpochMilli(row.getLong(1)),
          false,
          port,
          dataDirectory,
          new Serving(
              row.getInt(3),
              Instant.ofEpochMilli(row.getLong(2)),
              TestServer.SUPERUSER,
              "postgres",
              row.getString(4)),
          true,
          false);
    }
  }

  /**
   * Finds a server as the user whom this program runs as.
   *
   * @param args its URL, port and data directory
   */
  public static void main(String[] args) throws SQLException {
    Properties superuser = new Properties();
    superuser.setProperty("user", TestServer.SUPERUSER);
    PrintStream out = System.out;
    try (Connection connection = new Driver().connect(args[0], superuser)) {
      InstanceInfo told = told(Integer.parseInt(args[1]), args[2], connection);
      LocalServer found = LocalServer.answering(told, null);
      out.println("found " + found.postmaster().pid());
      try {
        found.backends();
      } catch (PgkillFailure e) {
        out.println("refused: " + e.getMessage());
      }
      try {
        LocalServer.in(args[2]);
      } catch (PgkillFailure e) {
        out.println("and " + e.getMessage());
      }
    }
  }
}
