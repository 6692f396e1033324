package io.github.pgkill.testing;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.outcome.TerminationOptions.WhenRefused;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.prepared.PreparedRule;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** The job of {@code terminate-sessions} without Maven: what a test wants, and what came of it. */
public final class TestJob {

  private TestConnection connection;
  private GuardRails rails = new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  private SessionFilter filter = SessionFilter.ALL_CLIENTS;
  private TerminationOptions options =
      new TerminationOptions(
          Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ZERO, false, false);
  private WhenRefused whenRefused = WhenRefused.CONTINUE;
  private BackupOptions backup;
  private Closing closing;
  private PreparedRule prepared;
  private boolean failIfDatabaseMissing = true;
  private final Journal journal = new Journal("terminate-sessions", "test", "test");
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private Consumer<String> listener = line -> {};
  private final Console console =
      new RecordedConsole(lines) {
        @Override
        public void info(String line) {
          super.info(line);
          listener.accept(line);
        }
      };

  private TestJob(TestConnection connection) {
    this.connection = connection;
  }

  /**
   * Ends all sessions of that database as the superuser; a quiet period of 100 ms. Ends the others
   * where somebody is out of reach, so that outcomes can be looked at.
   */
  public static TestJob on(TestServer server, String database) {
    return new TestJob(TestConnection.to(server, database));
  }

  /** The same on a server of which only the port is known. */
  public static TestJob to(int port, String database) {
    return new TestJob(TestConnection.to(port, database));
  }

  public TestJob connection(UnaryOperator<TestConnection> change) {
    connection = change.apply(connection);
    return this;
  }

  public TestJob as(String user) {
    return connection(c -> c.as(user));
  }

  public TestJob rails(GuardRails guardRails) {
    rails = guardRails;
    return this;
  }

  public TestJob maxSessions(int most) {
    return rails(
        new GuardRails(
            rails.allowedHosts(),
            rails.allowedServers(),
            rails.protectedDatabases(),
            rails.allowProtected(),
            most));
  }

  public TestJob filter(SessionFilter sessions) {
    filter = sessions;
    return this;
  }

  public TestJob filter(UnaryOperator<SessionFilter.Builder> sessions) {
    return filter(sessions.apply(SessionFilter.builder()).build());
  }

  public TestJob timeout(Duration timeout) {
    options =
        new TerminationOptions(
            timeout,
            options.quietPeriod(),
            options.drain(),
            options.cancelFirst(),
            options.dryRun());
    return this;
  }

  public TestJob quietPeriod(Duration quietPeriod) {
    options =
        new TerminationOptions(
            options.timeout(),
            quietPeriod,
            options.drain(),
            options.cancelFirst(),
            options.dryRun());
    return this;
  }

  public TestJob drain(Duration drain) {
    options =
        new TerminationOptions(
            options.timeout(),
            options.quietPeriod(),
            drain,
            options.cancelFirst(),
            options.dryRun());
    return this;
  }

  public TestJob cancelFirst() {
    options =
        new TerminationOptions(
            options.timeout(), options.quietPeriod(), options.drain(), true, options.dryRun());
    return this;
  }

  public TestJob dryRun() {
    options =
        new TerminationOptions(
            options.timeout(), options.quietPeriod(), options.drain(), options.cancelFirst(), true);
    return this;
  }

  /**
   * Touches nobody when anybody selected is out of reach, as the goals do unless told otherwise.
   */
  public TestJob stoppingWhenRefused() {
    whenRefused = WhenRefused.STOP;
    return this;
  }

  public TestJob backup(BackupOptions options) {
    backup = options;
    return this;
  }

  public TestJob missingDatabaseIsFine() {
    failIfDatabaseMissing = false;
    return this;
  }

  /** Behind a door that is closed like this, as {@code terminate} does it. */
  public TestJob closeWith(CloseWith closeWith) {
    closing =
        new Closing(closeWith, null, List.of(), Reopen.IMMEDIATELY, Duration.ofSeconds(10), false);
    return this;
  }

  /** Rolls back the prepared transactions that the rule matches. */
  public TestJob rollingBack(String gidPattern, Duration minAge) {
    prepared = new PreparedRule(gidPattern, minAge);
    return this;
  }

  /** What the report would say so far. */
  public GoalReport report() {
    return journal.report();
  }

  /** Does it. */
  public Termination run() {
    return new TerminateSessions(console, journal)
        .run(
            new TerminateSessions.Request(
                connection.settings(),
                rails,
                filter,
                options.whenRefused(whenRefused),
                closing,
                TerminationExtras.NOTHING.withBackup(backup).withPrepared(prepared),
                failIfDatabaseMissing));
  }

  /** Does something at the moment when the job tells of it. */
  public TestJob listener(Consumer<String> told) {
    listener = told;
    return this;
  }

  /** Every line that the job told the user so far. */
  public List<String> lines() {
    return lines;
  }

  /** What became of that session. */
  public static SessionResult resultOf(Termination termination, SessionId id) {
    List<SessionResult> found =
        termination.results().stream()
            .filter(result -> result.session().pid() == id.pid())
            .filter(
                result ->
                    result.session().backendStart() == null
                        || id.backendStart().equals(result.session().backendStart()))
            .toList();
    if (found.size() != 1) {
      throw new AssertionError(
          found.size() + " results for " + id + " among " + termination.results());
    }
    return found.get(0);
  }

  /** The one word of its outcome. */
  public static String outcomeOf(Termination termination, StubbornClients.Client client) {
    return resultOf(termination, client.id()).outcome().word();
  }

  /** The pids of all that have a result. */
  public static List<Integer> pids(Termination termination) {
    return termination.results().stream()
        .map(result -> result.session().pid())
        .collect(Collectors.toList());
  }
}
