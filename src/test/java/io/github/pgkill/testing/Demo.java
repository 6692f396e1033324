package io.github.pgkill.testing;

import io.github.pgkill.testing.StubbornClients.Client;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What {@code mvn -Pdemo verify} runs: an embedded PostgreSQL, sessions that stand in a build's
 * way, and that build, first without this plugin, then with it. It ends well only if all that it
 * tells really happened; the server shows.
 */
public final class Demo {

  private static final String DATABASE = "shop";

  private final TestServer server;
  private final DemoBuild build;
  private final List<Client> inTheWay = new ArrayList<>();
  private String ordersBefore = "";

  private Demo(TestServer server, DemoBuild build) {
    this.server = server;
    this.build = build;
  }

  /**
   * @param arguments the home of the Maven to run, the demo's project, where it may write, the
   *     local repository that has the plugin, the plugin's version, and the settings files of the
   *     Maven that runs us
   */
  public static void main(String[] arguments) {
    boolean told = false;
    say("", "  pgkill demo: a build needs its database to itself");
    try (TestServer server = TestServer.start(Map.of())) {
      DemoBuild build = new DemoBuild(List.of(arguments), server.jdbcUrl(DATABASE));
      new Demo(server, build).tell();
      told = true;
    } catch (Exception e) {
      say("", "  This is not how the demo should end: " + e, "");
    }
    System.exit(told ? 0 : 1);
  }

  private void tell() throws Exception {
    try (StubbornClients clients = StubbornClients.of(server, DATABASE)) {
      migrate();
      openSessions(clients);
      list();
      cleanWithoutUs();
      cleanWithUs();
    }
    say("", "  What README.md shows next is this in your own build.", "");
  }

  private void migrate() throws Exception {
    server.execute("create role build login in role pg_signal_backend, pg_read_all_stats");
    server.execute("create role app login");
    server.execute("create role developer login");
    server.execute("create database " + DATABASE + " owner build");
    heading("1. Flyway creates the schema of an application", "mvn flyway:migrate");
    check(build.run(Demo::flywayDid, "flyway:migrate"), "flyway:migrate should work");
    server.execute(DATABASE, "grant all on orders to app, developer");
    ordersBefore = orders();
  }

  private void openSessions(StubbornClients clients) throws SQLException {
    StubbornClients pool = clients.as("app", "shop-server");
    inTheWay.addAll(pool.idle(3));
    inTheWay.add(pool.holdingLock("orders"));
    inTheWay.add(clients.as("developer", "psql").waitingForLock("orders"));
    inTheWay.add(clients.as("developer", "IDE").active());
  }

  private void list() throws Exception {
    heading(
        "2. Meanwhile others have connected: a server's pool, which forgot a transaction, an IDE, a psql",
        "mvn pgkill:list-sessions");
    check(build.run(line -> true, "pgkill:list-sessions"), "pgkill:list-sessions should work");
  }

  private void cleanWithoutUs() throws Exception {
    heading("3. Without pgkill", "mvn flyway:clean");
    say("  This would hang here for ever. With a lock_timeout of 2 seconds in its URL it fails:");
    boolean cleaned =
        build.run(
            line -> line.contains("lock timeout") || line.startsWith("SQL State"),
            "flyway:clean",
            "-Ddemo.options=?options=-c%20lock_timeout=2000");
    check(!cleaned, "flyway:clean should fail while others hold locks");
    check(left() == inTheWay.size(), "all sessions should still be there");
  }

  private void cleanWithUs() throws Exception {
    heading("4. With pgkill", "mvn pgkill:terminate flyway:clean flyway:migrate");
    boolean done =
        build.run(Demo::pgkillOrFlywayDid, "pgkill:terminate", "flyway:clean", "flyway:migrate");
    check(done, "pgkill:terminate, flyway:clean and flyway:migrate should work");
    check(left() == 0, "no session should be left");
    check(!orders().equals(ordersBefore), "table orders should be a new one");
    say("", "  The server confirms it: all " + inTheWay.size() + " sessions are gone, and the");
    say("  table that they held is dropped and made anew.");
  }

  private int left() throws SQLException {
    int left = 0;
    for (Client client : inTheWay) {
      left += client.alive() ? 1 : 0;
    }
    return left;
  }

  /** Which table it is; asking for its rows would wait for the lock. */
  private String orders() throws SQLException {
    try (Connection connection = server.connect(DATABASE, TestServer.SUPERUSER);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("select 'orders'::regclass::oid")) {
      row.next();
      return row.getString(1);
    }
  }

  private static boolean flywayDid(String line) {
    return line.startsWith("Successfully ");
  }

  /** What Flyway says beside that. */
  private static boolean pgkillOrFlywayDid(String line) {
    return Stream.of(
                "A new version",
                "Flyway ",
                "See release notes",
                "Database: ",
                "Schema history table",
                "Creating Schema History",
                "Current version of",
                "Migrating schema")
            .noneMatch(line::startsWith)
        && !line.isBlank();
  }

  private static void heading(String text, String command) {
    say("", "  " + text, "  $ " + command, "");
  }

  private static void check(boolean holds, String promise) {
    if (!holds) {
      throw new IllegalStateException(promise);
    }
  }

  static void say(String... lines) {
    for (String line : lines) {
      System.out.println(line);
    }
    System.out.flush();
  }
}
