package io.github.pgkill.testing;

import io.github.pgkill.job.diagnose.Diagnose;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniUrl;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The job of {@code diagnose} without Maven: what a test wants, and what it was told. */
public final class DiagnoseJob {

  private static final Pattern WHERE = Pattern.compile("-- in database (\\S+)");

  private static final Pattern ROLE = Pattern.compile("-- after (SET ROLE \\S+);");

  private final TestServer server;
  private TestConnection connection;
  private SessionFilter filter = SessionFilter.ALL_CLIENTS;
  private boolean failOnBlockers;
  private PatroniAccess patroni;
  private static final String OBJECT_IN_USE = "55006";
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final List<String> lines = new ArrayList<>();

  private DiagnoseJob(TestServer server, String database) {
    this.server = server;
    this.connection = TestConnection.to(server, database);
  }

  /** About that database, as the superuser. */
  public static DiagnoseJob on(TestServer server, String database) {
    return new DiagnoseJob(server, database);
  }

  public DiagnoseJob as(String user) {
    connection = connection.as(user);
    return this;
  }

  public DiagnoseJob filter(UnaryOperator<SessionFilter.Builder> sessions) {
    filter = sessions.apply(SessionFilter.builder()).build();
    return this;
  }

  /** With the sessions of these servers. */
  public DiagnoseJob nodes(TestServer... several) {
    connection = connection.nodes(several);
    return this;
  }

  /** With Patroni's REST at these URLs. */
  public DiagnoseJob patroni(String... urls) {
    patroni =
        new PatroniAccess(
            Stream.of(urls).map(PatroniUrl::parameter).toList(), null, null, Duration.ofSeconds(5));
    return this;
  }

  public DiagnoseJob failOnBlockers() {
    failOnBlockers = true;
    return this;
  }

  /** Does it. */
  public GoalReport run(Intent intent) {
    lines.clear();
    Journal journal = new Journal("diagnose", "test", "default-cli");
    new Diagnose(console(), journal)
        .run(
            new Diagnose.Request(
                connection.settings(),
                new GuardRails(List.of(), List.of(), List.of(), List.of(), null),
                filter,
                intent,
                failOnBlockers,
                true,
                patroni));
    return journal.report();
  }

  /** Everything that was said. */
  public String said() {
    return String.join("\n", lines);
  }

  /** The kinds of what stops it, in the order told. */
  public static List<Blocker.Kind> stopping(GoalReport report) {
    return report.surroundings().blockers().stream()
        .filter(Blocker::stops)
        .map(Blocker::kind)
        .toList();
  }

  /** The kinds of what is merely there. */
  public static List<Blocker.Kind> concerning(GoalReport report) {
    return report.surroundings().blockers().stream()
        .filter(blocker -> !blocker.stops())
        .map(Blocker::kind)
        .toList();
  }

  /** The only blocker of a kind. */
  public static Blocker only(GoalReport report, Blocker.Kind kind) {
    List<Blocker> found =
        report.surroundings().blockers().stream().filter(b -> b.kind() == kind).toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " of " + kind + ": " + report.surroundings());
    }
    return found.get(0);
  }

  /** The lines of the plan: nothing of it was executed. */
  public static List<String> plan(GoalReport report) {
    if (report.statements().stream().anyMatch(Statement::executed)) {
      throw new AssertionError("executed: " + report.statements());
    }
    return report.statements().stream().map(Statement::text).toList();
  }

  /** Types the plan line by line, as a person would, as that role. */
  public void type(GoalReport report, String user) throws SQLException {
    for (String line : plan(report)) {
      if (line.startsWith("kill ")) {
        Commands.run(List.of(line.split(" ")));
      } else if (line.startsWith("pg_ctl ")) {
        Commands.run(server.command("pg_ctl", words(line)));
      } else {
        Matcher where = WHERE.matcher(line);
        execute(where.find() ? where.group(1) : "postgres", user, line);
      }
    }
  }

  private static String[] words(String line) {
    return line.replaceAll(" +-- .*", "").substring("pg_ctl ".length()).split(" ");
  }

  /** What still ends when the statement after it comes is typed again, as a person would. */
  private void execute(String database, String user, String statement) throws SQLException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        executeOnce(database, user, statement);
        return;
      } catch (SQLException e) {
        if (!OBJECT_IN_USE.equals(e.getSQLState()) || System.nanoTime() > deadline) {
          throw e;
        }
      }
    }
  }

  private void executeOnce(String database, String user, String statement) throws SQLException {
    try (Connection typed = server.connect(database, user);
        java.sql.Statement sql = typed.createStatement()) {
      Matcher role = ROLE.matcher(statement);
      if (role.find()) {
        sql.execute(role.group(1));
      }
      sql.execute(statement);
    }
  }

  private Console console() {
    return new RecordedConsole(lines);
  }
}
