package io.github.pgkill.job.poolers;

import io.github.pgkill.job.connect.RestoreConnect;
import io.github.pgkill.job.connect.RevokeConnect;
import io.github.pgkill.job.diagnose.Diagnose;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.host.BuildStep;
import io.github.pgkill.model.host.BuildSteps;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.TestConnection;
import io.github.pgkill.testing.TestServer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The goals that close a database behind poolers, without Maven. */
final class PoolersJob {

  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final Console console = new RecordedConsole(lines);
  private TestConnection connection;
  private final PoolerAccess access;
  private Journal journal = new Journal("terminate", "test", "test");
  private List<String> allowedHosts = List.of();
  private List<String> allowedServers = List.of();
  private List<BuildStep> steps = List.of();
  private Reopen reopen = Reopen.IMMEDIATELY;
  private SessionFilter filter = SessionFilter.ALL_CLIENTS;
  private Duration timeout = Duration.ofSeconds(20);
  private boolean dryRun;

  private PoolersJob(TestConnection connection, PoolerAccess access) {
    this.connection = connection;
    this.access = access;
  }

  static PoolersJob on(TestServer server, String database, PoolerAccess access) {
    return new PoolersJob(TestConnection.to(server, database), access);
  }

  static PoolersJob to(int port, String database, PoolerAccess access) {
    return new PoolersJob(TestConnection.to(port, database), access);
  }

  PoolersJob allowing(String... hosts) {
    allowedHosts = List.of(hosts);
    return this;
  }

  /** With the sessions of that standby, of the cluster with that system identifier. */
  PoolersJob node(TestServer standby, String systemIdentifier) {
    connection = connection.nodes(standby);
    allowedServers = List.of(systemIdentifier);
    return this;
  }

  /** With a step of the build's own while the database is closed. */
  PoolersJob step(String... argv) {
    steps =
        List.of(
            new BuildStep.Command(
                "afterTerminate[1]", HostCommand.of(List.of(argv), Duration.ofSeconds(60))));
    return this;
  }

  PoolersJob reopen(Reopen when) {
    reopen = when;
    return this;
  }

  PoolersJob filter(SessionFilter sessions) {
    filter = sessions;
    return this;
  }

  PoolersJob timeout(Duration limit) {
    timeout = limit;
    return this;
  }

  PoolersJob dryRun() {
    dryRun = true;
    return this;
  }

  /** The database's comment, which holds the record; empty where there is none. */
  static String comment(TestServer server, String database) throws SQLException {
    return String.join(
        "\n",
        server.query(
            "select coalesce(shobj_description(oid, 'pg_database'), '') from pg_database where"
                + " datname = ?",
            database));
  }

  Termination terminate() {
    return new TerminateSessions(console, journal)
        .run(
            new TerminateSessions.Request(
                settings(),
                rails(),
                filter,
                new TerminationOptions(timeout, null, Duration.ZERO, false, dryRun),
                steps.isEmpty() ? closing() : closing().forSteps(),
                new TerminationExtras(
                    null, null, new BuildSteps(List.of(), steps), null, List.of(), null),
                true));
  }

  void revoke() {
    journal = new Journal("revoke-connect", "test", "test");
    new RevokeConnect(console, journal)
        .run(new RevokeConnect.Request(settings(), rails(), closing(), true, dryRun));
  }

  void restore(boolean force) {
    journal = new Journal("restore-connect", "test", "test");
    new RestoreConnect(console, journal)
        .run(new RestoreConnect.Request(settings(), rails(), force, true, dryRun));
  }

  Verdict diagnose() {
    journal = new Journal("diagnose", "test", "test");
    new Diagnose(console, journal)
        .run(new Diagnose.Request(settings(), rails(), filter, Intent.CLEAN, false, true, null));
    return journal.report().verdict();
  }

  /** What the end of the build does. */
  void end() {
    BuildLockouts.openAll(console)
        .forEach(
            e -> {
              throw e;
            });
  }

  GoalReport report() {
    return journal.report();
  }

  List<String> lines() {
    return List.copyOf(lines);
  }

  String said() {
    return String.join("\n", lines());
  }

  private Closing closing() {
    return new Closing(null, null, List.of(), reopen, timeout, false);
  }

  private GuardRails rails() {
    return new GuardRails(allowedHosts, allowedServers, List.of(), List.of(), null);
  }

  ConnectionSettings settings() {
    return connection.settings().withPoolers(access);
  }
}
