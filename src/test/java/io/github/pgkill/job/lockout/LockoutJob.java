package io.github.pgkill.job.lockout;

import io.github.pgkill.job.connect.RestoreConnect;
import io.github.pgkill.job.connect.RevokeConnect;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.terminate.TerminateSessions;
import io.github.pgkill.job.terminate.TerminationExtras;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.testing.RecordedConsole;
import io.github.pgkill.testing.TestServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Runs the goals that close and open a database, without Maven, and hears what they say. */
public final class LockoutJob {

  private List<Integer> ports;
  private List<HostAddress> nodes = List.of();
  private List<String> allowedServers = List.of();
  private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
  private final Console console = new RecordedConsole(lines);
  private String database;
  private String user = TestServer.SUPERUSER;
  private String role;
  private List<String> maintenance = List.of("postgres");
  private CloseWith closeWith;
  private List<String> revokeFrom;
  private List<String> admit = List.of();
  private Reopen reopen = Reopen.BUILD_END;
  private Duration timeout = Duration.ofSeconds(20);
  private boolean affectReplication;
  private boolean dryRun;
  private SessionFilter filter = SessionFilter.ALL_CLIENTS;

  private LockoutJob(int port, String database) {
    this.ports = List.of(port);
    this.database = database;
  }

  public static LockoutJob on(TestServer server, String database) {
    return on(server.port(), database);
  }

  public static LockoutJob on(int port, String database) {
    return new LockoutJob(port, database);
  }

  public LockoutJob as(String role) {
    user = role;
    return this;
  }

  /** With {@code SET ROLE} after connecting. */
  LockoutJob role(String name) {
    role = name;
    return this;
  }

  /** By way of several hosts. */
  public LockoutJob at(int... several) {
    ports = Arrays.stream(several).boxed().toList();
    return this;
  }

  /** With the sessions of these servers. */
  public LockoutJob nodes(TestServer... several) {
    return nodesAt(Arrays.stream(several).mapToInt(TestServer::port).toArray());
  }

  /** The same by way of these ports. */
  public LockoutJob nodesAt(int... several) {
    nodes =
        Arrays.stream(several).mapToObj(port -> new HostAddress("127.0.0.1", null, port)).toList();
    return this;
  }

  /** With consent for what looks like a far server, such as one with standbys. */
  public LockoutJob allowing(String systemIdentifier) {
    allowedServers = List.of(systemIdentifier);
    return this;
  }

  LockoutJob from(String... databases) {
    maintenance = List.of(databases);
    return this;
  }

  public LockoutJob with(CloseWith way) {
    closeWith = way;
    return this;
  }

  LockoutJob revokeFrom(String... grantees) {
    revokeFrom = List.of(grantees);
    return this;
  }

  LockoutJob admit(String... roles) {
    admit = List.of(roles);
    return this;
  }

  public LockoutJob reopen(Reopen when) {
    reopen = when;
    return this;
  }

  public LockoutJob timeout(Duration limit) {
    timeout = limit;
    return this;
  }

  LockoutJob affectReplication() {
    affectReplication = true;
    return this;
  }

  public LockoutJob filter(SessionFilter sessions) {
    filter = sessions;
    return this;
  }

  LockoutJob dryRun() {
    dryRun = true;
    return this;
  }

  /** What {@code revoke-connect} does. */
  public void revoke() {
    new RevokeConnect(console, journal("revoke-connect"))
        .run(new RevokeConnect.Request(settings(), rails(), closing(), true, dryRun));
  }

  /** What {@code restore-connect} does. */
  public void restore() {
    restore(false);
  }

  /** What {@code restore-connect -Dpgkill.force=true} does. */
  void restoreByForce() {
    restore(true);
  }

  private void restore(boolean force) {
    new RestoreConnect(console, journal("restore-connect"))
        .run(new RestoreConnect.Request(settings(), rails(), force, true, dryRun));
  }

  /** What {@code terminate} does. */
  public Termination terminate() {
    return new TerminateSessions(console, journal("terminate"))
        .run(
            new TerminateSessions.Request(
                settings(),
                rails(),
                filter,
                new TerminationOptions(timeout, null, Duration.ZERO, false, dryRun)
                    .whenRefused(TerminationOptions.WhenRefused.CONTINUE),
                closing(),
                TerminationExtras.NOTHING,
                true));
  }

  /** What the end of the build does. */
  public void end() {
    BuildLockouts.openAll(console)
        .forEach(
            e -> {
              throw e;
            });
  }

  /** All that was said so far. */
  public String said() {
    return String.join("\n", List.copyOf(lines));
  }

  private Closing closing() {
    return new Closing(closeWith, revokeFrom, admit, reopen, timeout, affectReplication);
  }

  private static Journal journal(String goal) {
    return new Journal(goal, "test", "test");
  }

  private GuardRails rails() {
    return new GuardRails(List.of(), allowedServers, List.of(), List.of(), null);
  }

  private ConnectionSettings settings() {
    return new ConnectionSettings(
        ports.stream().map(port -> new HostAddress("127.0.0.1", null, port)).toList(),
        database,
        maintenance,
        user,
        null,
        Map.of(),
        role,
        Duration.ofSeconds(10),
        Duration.ZERO,
        Map.of(),
        nodes);
  }
}
