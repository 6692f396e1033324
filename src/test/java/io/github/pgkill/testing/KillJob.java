package io.github.pgkill.testing;

import io.github.pgkill.job.kill.KillProcesses;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/** The jobs that signal processes, without Maven: what a test wants, and what came of it. */
public final class KillJob {

  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Console console = new RecordedConsole(lines);
  private final Journal journal = new Journal("kill-processes", "test", "test");
  private TestConnection connection;
  private SessionFilter filter = SessionFilter.ALL_CLIENTS;
  private GuardRails rails = new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  private ProcessSignal signal = ProcessSignal.TERM;
  private Duration timeout = Duration.ofSeconds(20);
  private String dataDirectory;
  private boolean affectOthers;
  private boolean dryRun;

  private KillJob(TestConnection connection) {
    this.connection = connection;
  }

  /** All sessions of that database, as the superuser. */
  public static KillJob on(TestServer server, String database) {
    return new KillJob(TestConnection.to(server, database));
  }

  public KillJob connection(UnaryOperator<TestConnection> change) {
    connection = change.apply(connection);
    return this;
  }

  public KillJob filter(UnaryOperator<SessionFilter.Builder> sessions) {
    filter = sessions.apply(SessionFilter.builder()).build();
    return this;
  }

  public KillJob maxSessions(int most) {
    rails = new GuardRails(List.of(), List.of(), List.of(), List.of(), most);
    return this;
  }

  public KillJob kill() {
    signal = ProcessSignal.KILL;
    return this;
  }

  public KillJob timeout(Duration most) {
    timeout = most;
    return this;
  }

  public KillJob dataDirectory(Path directory) {
    dataDirectory = directory.toString();
    return this;
  }

  public KillJob affectingOthers() {
    affectOthers = true;
    return this;
  }

  public KillJob dryRun() {
    dryRun = true;
    return this;
  }

  /** The goal {@code kill-processes}. */
  public Termination run() {
    return new KillProcesses(console, journal)
        .run(
            new KillProcesses.Request(
                connection.settings(), rails, filter, options(), dryRun, true));
  }

  /** The goal {@code terminate-sessions}, which comes to processes only when sessions survive. */
  public Termination runAfterTerminating() {
    return runAfterTerminating(null);
  }

  /** The goal {@code terminate}, which closes the database in that way meanwhile. */
  public Termination runAfterTerminating(Closing closing) {
    return new TerminateSessions(console, journal)
        .run(
            new TerminateSessions.Request(
                connection.settings(),
                rails,
                filter,
                new TerminationOptions(
                    Duration.ofMillis(500), Duration.ofMillis(100), Duration.ZERO, false, dryRun),
                closing,
                TerminationExtras.NOTHING.withEscalation(options()),
                true));
  }

  public KillOptions options() {
    return new KillOptions(signal, timeout, Duration.ofSeconds(60), dataDirectory, affectOthers);
  }

  /** Every line that the job told the user so far. */
  public List<String> lines() {
    return lines;
  }

  /** Who was hit besides, by the report. */
  public List<Integer> alsoHit() {
    return journal.report().surroundings().alsoHit().stream().map(Session::pid).toList();
  }
}
