package io.github.pgkill.testing;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.connect.RevokeConnect;
import io.github.pgkill.job.drop.DropDatabase;
import io.github.pgkill.job.drop.DropOptions;
import io.github.pgkill.job.drop.RecreateDatabase;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.prepared.PreparedRule;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The goals that drop databases, without Maven: what a test wants, and what they said. */
public final class DropJobs {

  private final int port;
  private final String database;
  private String user = TestServer.SUPERUSER;
  private String role;
  private String confirm;
  private Duration timeout = Duration.ofSeconds(60);
  private boolean affectReplication;
  private PreparedRule prepared;
  private boolean failIfDatabaseMissing = true;
  private boolean dryRun;
  private BackupOptions backup;
  private RestoreOptions restore;
  private String template;
  private List<HostAddress> nodes = List.of();
  private PoolerAccess poolers = PoolerAccess.NONE;
  private List<String> maintenanceDatabases = List.of("postgres");
  private GuardRails rails =
      new GuardRails(List.of(), List.of(), List.of(), List.of("postgres"), null);
  private final List<String> lines = new CopyOnWriteArrayList<>();

  private DropJobs(int port, String database) {
    this.port = port;
    this.database = database;
  }

  /** On that database, as the superuser, with a minute's patience. */
  public static DropJobs on(TestServer server, String database) {
    return on(server.port(), database);
  }

  /** The same through a port of this machine. */
  public static DropJobs on(int port, String database) {
    return new DropJobs(port, database);
  }

  public DropJobs as(String role) {
    user = role;
    return this;
  }

  /** Behind these poolers. */
  public DropJobs poolers(PoolerAccess access) {
    poolers = access;
    return this;
  }

  /** With {@code SET ROLE} after connecting. */
  public DropJobs role(String name) {
    role = name;
    return this;
  }

  public DropJobs confirm(String name) {
    confirm = name;
    return this;
  }

  public DropJobs timeout(Duration duration) {
    timeout = duration;
    return this;
  }

  public DropJobs affectReplication() {
    affectReplication = true;
    return this;
  }

  /** Rolls back the prepared transactions that the rule matches. */
  public DropJobs rollingBack(String gidPattern, Duration minAge) {
    prepared = new PreparedRule(gidPattern, minAge);
    return this;
  }

  public DropJobs missingIsFine() {
    failIfDatabaseMissing = false;
    return this;
  }

  public DropJobs dryRun() {
    dryRun = true;
    return this;
  }

  public DropJobs backup(BackupOptions options) {
    backup = options;
    return this;
  }

  /** With the pg_restore beside that pg_dump. */
  public DropJobs fromBackup(Path dump, String pgDump) {
    restore = new RestoreOptions(dump, pgDump);
    return this;
  }

  /** As a copy of that database. */
  public DropJobs fromTemplate(String name) {
    template = name;
    return this;
  }

  /** Ending no more than so many sessions. */
  public DropJobs maxSessions(int most) {
    rails = new GuardRails(List.of(), List.of(), List.of(), List.of("postgres"), most);
    return this;
  }

  public DropJobs through(String... databases) {
    maintenanceDatabases = List.of(databases);
    return this;
  }

  public DropJobs allowedServers(String... identifiers) {
    rails = new GuardRails(List.of(), List.of(identifiers), List.of(), List.of("postgres"), null);
    return this;
  }

  public DropJobs protectedDatabases(String... names) {
    rails = new GuardRails(List.of(), List.of(), List.of(names), List.of(names), null);
    return this;
  }

  /** With the sessions of these servers. */
  public DropJobs nodes(TestServer... several) {
    nodes =
        Arrays.stream(several)
            .map(server -> new HostAddress("127.0.0.1", null, server.port()))
            .toList();
    return this;
  }

  /** Runs {@code drop-database}. */
  public Termination drop() {
    return new DropDatabase(console(), journal("drop-database"))
        .run(new DropDatabase.Request(settings(), rails, options(), backup));
  }

  /** Runs {@code recreate-database}. */
  public Termination recreate() {
    return new RecreateDatabase(console(), journal("recreate-database"))
        .run(
            new DropDatabase.Request(settings(), rails, options(), backup),
            new RecreateDatabase.Content(restore, template));
  }

  /** Runs {@code revoke-connect} for the rest of the build. */
  public void closeForTheBuild() {
    new RevokeConnect(console(), journal("revoke-connect"))
        .run(
            new RevokeConnect.Request(
                settings(),
                rails,
                new Closing(null, null, List.of(), Reopen.BUILD_END, timeout, false),
                true,
                false));
  }

  /** Everything that was said. */
  public String said() {
    return String.join("\n", lines);
  }

  private DropOptions options() {
    return new DropOptions(
        timeout, confirm, affectReplication, prepared, failIfDatabaseMissing, dryRun);
  }

  private static Journal journal(String goal) {
    return new Journal(goal, "test", "default-cli");
  }

  private ConnectionSettings settings() {
    return new ConnectionSettings(
        List.of(new HostAddress("127.0.0.1", null, port)),
        database,
        maintenanceDatabases,
        user,
        null,
        Map.of(),
        role,
        Duration.ofSeconds(10),
        Duration.ZERO,
        Map.of(),
        nodes,
        poolers);
  }

  private Console console() {
    return new RecordedConsole(lines);
  }
}
