package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Fifty clients that come back at once, and what it takes to drop their database. More often with
 * {@code -Dpgkill.rounds=100}. What people do instead is measured beside it, not judged.
 */
@Tag("slow")
class ReconnectStormTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final int CLIENTS = 50;
  private static final int ROUNDS = Integer.getInteger("pgkill.rounds", 3);

  /** What it is compared with fails for five seconds each time: only where that is asked for. */
  private static final int BASELINE_ROUNDS = Integer.getInteger("pgkill.baseline", 0);

  private static final String ONE_LINER =
      "select pg_terminate_backend(pid) from pg_stat_activity"
          + " where datname = '%s' and pid <> pg_backend_pid()";

  private static final StringBuilder TABLE = new StringBuilder();

  /** As whom the clients come. */
  enum Clients {
    ORDINARY,
    OWNER,
    SUPERUSER
  }

  /** What is done about them before, or instead of, a plain DROP DATABASE. */
  enum Method {
    TERMINATE,
    ONE_LINER,
    REVOKE_AND_ONE_LINER,
    FORCE
  }

  @AfterAll
  static void print() {
    System.out.printf(
        Locale.ROOT,
        "Dropping a database with %d reconnecting clients, PostgreSQL %d: successes of rounds,"
            + " milliseconds on average%n%s",
        CLIENTS,
        SERVER.major(),
        TABLE);
  }

  @ParameterizedTest
  @EnumSource
  void terminateLetsAPlainDropSucceed(Clients who) throws SQLException {
    Map<Method, String> row = new EnumMap<>(Method.class);
    for (Method method : Method.values()) {
      int rounds = method == Method.TERMINATE ? ROUNDS : BASELINE_ROUNDS;
      int successes = 0;
      long nanos = 0;
      for (int round = 0; round < rounds; round++) {
        long began = System.nanoTime();
        String failure = play(who, method);
        nanos += failure.isEmpty() ? lastRound : System.nanoTime() - began;
        successes += failure.isEmpty() ? 1 : 0;
        if (method == Method.TERMINATE) {
          assertThat(failure).as("%s, round %d", who, round).isEmpty();
        }
      }
      row.put(
          method,
          successes + "/" + rounds + " " + (rounds == 0 ? 0 : nanos / rounds / 1_000_000) + " ms");
    }
    TABLE.append(
        row.entrySet().stream()
            .map(cell -> cell.getKey() + " " + cell.getValue())
            .collect(Collectors.joining("; ", who + ": ", "\n")));
  }

  private long lastRound;

  /** Returns why the database could not be dropped, or nothing. */
  private String play(Clients who, Method method) throws SQLException {
    String name = SERVER.createDatabase();
    String role = SERVER.createRole(who == Clients.SUPERUSER ? "login superuser" : "login");
    if (who == Clients.OWNER) {
      SERVER.execute("alter database " + name + " owner to " + role);
    }
    try (StubbornClients clients = StubbornClients.of(SERVER, name)) {
      clients.as(role, "pool").storm(CLIENTS);
      long began = System.nanoTime();
      String failure = drop(name, method, who);
      lastRound = System.nanoTime() - began;
      return failure;
    } finally {
      LockoutJob.on(SERVER, name).end();
      SERVER.execute("alter role " + role + " nosuperuser nologin");
      for (String left : SERVER.query("select datname from pg_database where datname = ?", name)) {
        SERVER.execute("drop database " + left);
      }
    }
  }

  private static String drop(String name, Method method, Clients who) throws SQLException {
    if (method == Method.TERMINATE) {
      LockoutJob job = LockoutJob.on(SERVER, name).reopen(Reopen.BUILD_END);
      if (who == Clients.SUPERUSER) {
        // what stops superusers shuts out the rest of the build, too: auto leaves that to the user
        job.with(CloseWith.ALLOW_CONNECTIONS);
      }
      Termination termination = job.terminate();
      if (termination.verdict().status() != Verdict.Status.SUCCESS) {
        return termination.verdict().toString();
      }
    } else if (method == Method.REVOKE_AND_ONE_LINER) {
      SERVER.execute("revoke connect on database " + name + " from public");
    }
    if (List.of(Method.ONE_LINER, Method.REVOKE_AND_ONE_LINER).contains(method)) {
      SERVER.query(String.format(ONE_LINER, name));
    }
    try (Connection connection = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = connection.createStatement()) {
      statement.execute("drop database " + name + (method == Method.FORCE ? " with (force)" : ""));
      return "";
    } catch (SQLException e) {
      return e.getMessage();
    }
  }
}
