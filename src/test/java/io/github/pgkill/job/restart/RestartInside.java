package io.github.pgkill.job.restart;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.TestConnection;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.postgresql.Driver;

/** The job of {@code restart-server} as a program, to be run where this JVM is not. */
final class RestartInside {

  private RestartInside() {}

  /**
   * @param args port, method and, unless the method is to find it, service name; or port and {@code
   *     create} to create the database once the server is there
   */
  public static void main(String[] args) throws SQLException {
    PrintStream out = System.out;
    if (args[1].equals("create")) {
      create(Integer.parseInt(args[0]));
      out.println("created");
      return;
    }
    RestartJob job =
        RestartJob.on(connection(Integer.parseInt(args[0])))
            .with(RestartWith.parse("restartWith", args[1]))
            .serviceName(args.length > 2 ? args[2] : null);
    try {
      Termination done = job.run();
      job.lines().forEach(out::println);
      out.println(done.verdict().status() + " " + done.verdict().summary());
    } catch (PgkillException e) {
      out.println("FAILED " + e.getMessage() + " | " + e.remedy().orElse(""));
    }
  }

  /** Waits for a server that is starting, and creates database {@code app}. */
  static void create(int port) throws SQLException {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    Eventually.within(30, () -> answers(url));
    try (Connection connection = new Driver().connect(url, new Properties());
        Statement statement = connection.createStatement()) {
      statement.execute("create database app");
    }
  }

  private static boolean answers(String url) {
    try (Connection connection = new Driver().connect(url, new Properties())) {
      return connection != null;
    } catch (SQLException e) {
      return false;
    }
  }

  /** To database {@code app} there. */
  static TestConnection connection(int port) {
    return new TestConnection(
        new ConnectionSettings(
            List.of(new HostAddress("127.0.0.1", null, port)),
            "app",
            List.of("postgres"),
            "postgres",
            null,
            Map.of(),
            null,
            Duration.ofSeconds(10),
            Duration.ZERO,
            Map.of()));
  }
}
