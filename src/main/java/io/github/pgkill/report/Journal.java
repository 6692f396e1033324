package io.github.pgkill.report;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.lockout.LockoutReport;
import io.github.pgkill.model.poolers.PoolerReport;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Statement;
import io.github.pgkill.model.report.Surroundings;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionResult;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
  private Instant buildStartedAt = startedAt;
  private Map<String, Object> request = Map.of();
  private @Nullable ConnectionSettings connection;
  private @Nullable ServerInfo server;
  private @Nullable DatabaseInfo database;
  private List<SessionResult> results = List.of();
  private List<ListedSession> listed = List.of();
  private final List<SessionResult> othersResults = new ArrayList<>();
  private final List<ListedSession> othersListed = new ArrayList<>();
  private final List<Statement> statements = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private final Set<String> notes = new HashSet<>();
  private final List<StepResult> steps = new ArrayList<>();
  private List<Session> alsoHit = List.of();
  private List<PreparedTransaction> prepared = List.of();
  private List<Blocker> blockers = List.of();
  private @Nullable LockoutReport lockout;
  private List<PoolerReport> poolers = List.of();
  private @Nullable Verdict verdict;

  public Journal(String goal, String pluginVersion, String executionId) {
    this.goal = goal;
    this.pluginVersion = pluginVersion;
    this.executionId = executionId;
  }

  /** When the build began; without this it is as old as the goal. */
  public void buildStartedAt(Instant start) {
    buildStartedAt = start;
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

  /** What the server said of itself; null where none was reached. */
  public @Nullable ServerInfo server() {
    return server;
  }

  public void database(DatabaseInfo info) {
    database = info;
  }

  /** Takes over what a part of the goal did that is about another database. */
  public void include(Journal part) {
    othersResults.addAll(part.results);
    othersListed.addAll(part.listed);
    statements.addAll(part.statements);
    notes.addAll(part.notes);
    part.remarks.forEach(this::remark);
  }

  /** What became of the sessions of the database; those of others that were included stay. */
  public void results(List<SessionResult> sessions) {
    results = sessions;
  }

  /** Sessions to which nothing is done, at least not yet. */
  public void listed(List<Session> sessions) {
    foreseen(sessions.stream().map(ListedSession::new).toList());
  }

  /** The same, with what is known against ending them. */
  public void foreseen(List<ListedSession> sessions) {
    listed = sessions;
  }

  /** A statement that the server has executed, or a program that ran for it. */
  public void executed(String statement) {
    statements.add(new Statement(statement, true));
  }

  /** One that a dry run would execute. */
  public void planned(String statement) {
    statements.add(new Statement(statement, false));
  }

  /** All of them so far, in their order. */
  public List<String> statements() {
    return statements.stream().map(Statement::text).toList();
  }

  /** Something for the verdict that the user should act on; told once, however often it is seen. */
  public void remark(String words) {
    if (!remarks.contains(words)) {
      remarks.add(words);
    }
  }

  /** Something for the verdict that nobody has to act on. */
  public void note(String words) {
    notes.add(words);
    remark(words);
  }

  /** Whether nobody has to act on it. */
  public boolean isNote(String remark) {
    return notes.contains(remark);
  }

  public List<String> remarks() {
    return List.copyOf(remarks);
  }

  public List<SessionResult> results() {
    return joined(othersResults, results);
  }

  public List<Session> listed() {
    return joined(othersListed, listed).stream().map(ListedSession::session).toList();
  }

  private static <T> List<T> joined(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  /** Which goal and execution this is, for others of the same build that wait for it. */
  public String who() {
    return "pgkill:" + goal + " (" + executionId + ")";
  }

  /** A program or statement of the build's own, in the order in which they ran. */
  public void step(StepResult step) {
    steps.add(step);
  }

  /** Sessions that were not selected and ended all the same. */
  public void alsoHit(List<Session> sessions) {
    alsoHit = sessions;
  }

  public void prepared(List<PreparedTransaction> transactions) {
    prepared = transactions;
  }

  public void blockers(List<Blocker> found) {
    blockers = found;
  }

  /** How the database was closed, and again once it is open. */
  public void lockout(LockoutReport closed) {
    lockout = closed;
  }

  /** The aliases that were paused meanwhile. */
  public void poolers(List<PoolerReport> paused) {
    poolers = paused;
  }

  public void verdict(Verdict judged) {
    verdict = judged;
  }

  /** Writes down why the goal failed, unless it gave a verdict of its own. */
  public void failed(PgkillException e) {
    if (verdict == null) {
      Verdict.Status status =
          e instanceof PgkillFailure ? Verdict.Status.FAILURE : Verdict.Status.ERROR;
      verdict = verdict(status, e);
    }
  }

  private Verdict verdict(Verdict.Status status, PgkillException e) {
    List<String> all = new ArrayList<>(e.remedy().stream().toList());
    all.addAll(remarks);
    return new Verdict(status, String.valueOf(e.getMessage()), all);
  }

  /** Which server and database it is about, for messages; empty before that is settled. */
  public String where() {
    return connection == null ? "" : connection.server() + ", database " + connection.database();
  }

  /** Since the goal began. */
  public Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /** Whoever has an outcome is not listed; in a dry run nobody has one. */
  private List<ListedSession> listed(Verdict judged) {
    List<ListedSession> all = joined(othersListed, listed);
    if (judged.status() != Verdict.Status.DRY_RUN) {
      return results().isEmpty() ? all : List.of();
    }
    results().forEach(result -> all.add(new ListedSession(result.session(), result.outcome())));
    return all;
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
        buildStartedAt,
        elapsed(),
        request,
        connection,
        server,
        database,
        judged.status() == Verdict.Status.DRY_RUN ? List.of() : results(),
        listed(judged),
        statements,
        new Surroundings(steps, alsoHit, prepared, blockers, lockout, poolers),
        judged);
  }
}
