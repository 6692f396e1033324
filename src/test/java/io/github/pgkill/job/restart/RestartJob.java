package io.github.pgkill.job.restart;

import io.github.pgkill.host.command.Programs;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.PatroniUrl;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The job of {@code restart-server} without Maven: what a test wants, and what came of it. */
public final class RestartJob {

  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private Console console = new RecordedConsole(lines);
  private final Journal journal = new Journal("restart-server", "test", "test");
  private TestConnection connection;
  private GuardRails rails = new GuardRails(List.of(), List.of(), List.of(), List.of(), null);
  private SessionFilter filter = SessionFilter.ALL_CLIENTS;
  private Programs programs = Programs.ofThisBuild();
  private RestartWith with = RestartWith.PG_CTL;
  private String serviceName;
  private List<String> command = List.of();
  private boolean sudo;
  private ShutdownMode mode = ShutdownMode.FAST;
  private Duration readyTimeout = Duration.ofSeconds(40);
  private String dataDirectory;
  private boolean affectOtherSessions;
  private BackupOptions backup;
  private boolean dryRun;
  private PatroniAccess patroni;
  private PoolerAccess poolers = PoolerAccess.NONE;

  private RestartJob(TestConnection connection) {
    this.connection = connection;
  }

  public static RestartJob on(TestServer server, String database) {
    return new RestartJob(TestConnection.to(server, database));
  }

  public static RestartJob on(TestConnection connection) {
    return new RestartJob(connection);
  }

  public RestartJob connection(UnaryOperator<TestConnection> change) {
    connection = change.apply(connection);
    return this;
  }

  RestartJob rails(GuardRails guardRails) {
    rails = guardRails;
    return this;
  }

  RestartJob filter(UnaryOperator<SessionFilter.Builder> sessions) {
    filter = sessions.apply(SessionFilter.builder()).build();
    return this;
  }

  RestartJob programs(Programs found) {
    programs = found;
    return this;
  }

  RestartJob with(RestartWith method) {
    with = method;
    return this;
  }

  RestartJob serviceName(String name) {
    serviceName = name;
    return this;
  }

  public RestartJob command(List<String> argv) {
    with = RestartWith.COMMAND;
    command = argv;
    return this;
  }

  RestartJob sudo() {
    sudo = true;
    return this;
  }

  RestartJob mode(ShutdownMode shutdownMode) {
    mode = shutdownMode;
    return this;
  }

  RestartJob readyTimeout(Duration timeout) {
    readyTimeout = timeout;
    return this;
  }

  RestartJob dataDirectory(String directory) {
    dataDirectory = directory;
    return this;
  }

  public RestartJob affectOtherSessions() {
    affectOtherSessions = true;
    return this;
  }

  /** With Patroni's REST at these URLs, and whom it knows. */
  RestartJob patroni(String user, String password, String... urls) {
    patroni =
        new PatroniAccess(
            Stream.of(urls).map(PatroniUrl::parameter).toList(),
            user,
            password == null ? null : new Secret(password),
            Duration.ofSeconds(5));
    return this;
  }

  /** Behind these poolers. */
  RestartJob poolers(PoolerAccess access) {
    poolers = access;
    return this;
  }

  RestartJob dryRun() {
    dryRun = true;
    return this;
  }

  RestartJob backup(BackupOptions options) {
    backup = options;
    return this;
  }

  /** What it says goes there, and is not kept. */
  RestartJob telling(Console other) {
    console = other;
    return this;
  }

  /** Does it. */
  public Termination run() {
    return new RestartServer(programs, console, journal)
        .run(
            new RestartServer.Request(
                connection.settings().withPoolers(poolers),
                rails,
                filter,
                new RestartOptions(
                    with,
                    serviceName,
                    command,
                    sudo,
                    mode,
                    readyTimeout,
                    dataDirectory,
                    affectOtherSessions,
                    dryRun),
                backup,
                true,
                patroni));
  }

  /** What the report knows. */
  GoalReport report() {
    return journal.report();
  }

  List<String> lines() {
    return lines;
  }
}
