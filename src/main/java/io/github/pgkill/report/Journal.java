package io.github.pgkill.report;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GoalReport;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.ServerInfo;
import io.github.pgkill.model.Session;
import io.github.pgkill.model.SessionResult;
import io.github.pgkill.model.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one execution so far. Each part is written down the moment it is known, so that
 * an execution that breaks off still has a report.
 */
public final class Journal {

  private final String goal;
  private final String pluginVersion;
  private final String executionId;
  private final Instant startedAt = Instant.now();
  private final long startNanos = System.nanoTime();
  private Map<String, Object> request = Map.of();
  private @Nullable ConnectionSettings connection;
  private @Nullable ServerInfo server;
  private @Nullable DatabaseInfo database;
  private List<SessionResult> results = List.of();
  private List<Session> listed = List.of();
  private List<String> statements = List.of();
  private @Nullable Verdict verdict;

  public Journal(String goal, String pluginVersion, String executionId) {
    this.goal = goal;
    this.pluginVersion = pluginVersion;
    this.executionId = executionId;
  }

  public void request(Map<String, Object> parameters) {
    request = parameters;
  }

  public void connection(ConnectionSettings settings) {
    connection = settings;
  }

  public void server(ServerInfo info) {
    server = info;
  }

  /** What the server said of itself. */
  public ServerInfo server() {
    return Objects.requireNonNull(server, "asked before it was reached");
  }

  public void database(DatabaseInfo info) {
    database = info;
  }

  public void results(List<SessionResult> sessions) {
    results = sessions;
  }

  public void listed(List<Session> sessions) {
    listed = sessions;
  }

  public void statements(List<String> texts) {
    statements = texts;
  }

  public void verdict(Verdict judged) {
    verdict = judged;
  }

  /** Writes down why the goal failed, unless it gave a verdict of its own. */
  public void failed(PgkillException e) {
    if (verdict == null) {
      Verdict.Status status =
          e instanceof PgkillFailure ? Verdict.Status.FAILURE : Verdict.Status.ERROR;
      verdict = new Verdict(status, String.valueOf(e.getMessage()), e.remedy().stream().toList());
    }
  }

  /** Which server and database it is about, for messages; empty before that is settled. */
  public String where() {
    return connection == null ? "" : connection.server() + ", database " + connection.database();
  }

  /** The report as it stands now. */
  public GoalReport report() {
    Verdict judged =
        verdict == null
            ? new Verdict(Verdict.Status.ERROR, "the goal broke off unexpectedly", List.of())
            : verdict;
    return new GoalReport(
        goal,
        pluginVersion,
        executionId,
        startedAt,
        Duration.ofNanos(System.nanoTime() - startNanos),
        request,
        connection,
        server,
        database,
        results,
        listed,
        statements,
        judged);
  }
}
