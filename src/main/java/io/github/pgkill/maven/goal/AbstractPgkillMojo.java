package io.github.pgkill.maven.goal;

import io.github.pgkill.connection.ConnectionFrom;
import io.github.pgkill.connection.ConnectionRequest;
import io.github.pgkill.connection.ConnectionResolver;
import io.github.pgkill.connection.PoolerRequest;
import io.github.pgkill.connection.ResolvedConnection;
import io.github.pgkill.connection.build.BuildConnection;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.host.build.Ancestors;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.patroni.MemberNodes;
import io.github.pgkill.maven.build.BuildConnections;
import io.github.pgkill.maven.build.BuildEnd;
import io.github.pgkill.maven.build.ConsoleStyle;
import io.github.pgkill.maven.build.Credentials;
import io.github.pgkill.maven.build.ForkedBuildCheck;
import io.github.pgkill.maven.build.MojoConsole;
import io.github.pgkill.maven.build.OncePerBuild;
import io.github.pgkill.maven.build.PatroniParameters;
import io.github.pgkill.maven.build.PlainLog;
import io.github.pgkill.maven.build.PlainTrace;
import io.github.pgkill.maven.build.ReportDirectory;
import io.github.pgkill.maven.parameter.ParameterCheck;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.report.GoalReport;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Secret;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.html.HtmlReport;
import io.github.pgkill.report.json.JsonReport;
import io.github.pgkill.report.text.Wording;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.inject.Inject;
import org.apache.maven.execution.MavenSession;
import org.apache.maven.plugin.AbstractMojo;
import org.apache.maven.plugin.MojoExecution;
import org.apache.maven.plugin.MojoExecutionException;
import org.apache.maven.plugin.MojoFailureException;
import org.apache.maven.plugin.logging.Log;
import org.apache.maven.plugins.annotations.Parameter;
import org.apache.maven.project.MavenProject;
import org.apache.maven.settings.crypto.SettingsDecrypter;
import org.jspecify.annotations.Nullable;

/**
 * What every goal does around its own work: checks the parameters, settles the connection, writes
 * the report, and tells a failure in Maven's terms.
 */
abstract class AbstractPgkillMojo extends AbstractMojo {

  /** Of goals without a timeout of their own, such as a backup. */
  private static final Duration TIMEOUT = Duration.ofMinutes(10);

  /**
   * The server: {@code jdbc:postgresql://host:port/database} or a libpq URI such as {@code
   * postgresql://host:port/database}; several hosts are allowed, separated by commas. A host may be
   * the directory of a Unix socket: {@code postgresql:///database?host=/run/postgresql}. When it is
   * not set, the service file ({@code PGSERVICE}), then libpq's environment ({@code PGHOST}, {@code
   * PGPORT}, {@code PGDATABASE}) say where the server is, then libpq's defaults. Without a host a
   * JDBC URL means localhost, and the others the Unix socket that is there, else localhost. Keep
   * passwords out of it.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.url")
  @Unreported
  private @Nullable String url;

  /**
   * The role that this plugin logs in as. It beats a user in {@code url}. Default: the user of
   * {@code url}, of {@code serverId}, of the service file, {@code PGUSER}, then the name of the
   * operating system's user.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.user")
  private @Nullable String user;

  /**
   * Its password. Better not given here, because {@code mvn -X} prints every parameter: use {@code
   * serverId}, {@code PGPASSWORD} or {@code ~/.pgpass}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.password")
  @Unreported
  private @Nullable String password;

  /**
   * The id of a {@code server} in {@code settings.xml} that holds user name and password; encrypted
   * passwords are decrypted.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.serverId")
  private @Nullable String serverId;

  /**
   * The database to clear. Default: the one in {@code url} or in the source that named the server.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.database")
  private @Nullable String database;

  /**
   * The database that the plugin itself connects to, so that it is not in the way. Default: {@code
   * postgres}, else {@code template1}, else the database to clear, whichever lets it in first.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.maintenanceDatabase")
  private @Nullable String maintenanceDatabase;

  /**
   * Take the connection from what the build configures already: {@code flyway} or {@code liquibase}
   * for those plugins' configuration ({@code flyway:ID} or {@code liquibase:ID} for that of one
   * execution, where they differ), {@code spring} for the application's {@code
   * application.properties} or {@code .yml}. What cannot be evaluated as its owner would is
   * refused. With a {@code url} of one's own it is not asked.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.connectionFrom")
  private @Nullable String connectionFrom;

  /**
   * A role to switch to after connecting ({@code SET ROLE}), for privileges that the login role
   * does not inherit.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.role")
  private @Nullable String role;

  /**
   * How long one attempt to connect may take: {@code 500ms}, {@code 10s}, {@code 1m} or ISO 8601.
   * Default: what the URL says ({@code connect_timeout}), else {@code 10s}.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.connectTimeout")
  private @Nullable String connectTimeout;

  /**
   * How long to retry while the server is starting: when nobody listens, a proxy in front of it
   * hangs up, its name is not known yet, or it says that it is not ready. Every 10 seconds the log
   * says what is seen. Not at all by default.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.waitForServer", defaultValue = "0s")
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private String waitForServer;

  /**
   * Do nothing at all.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.skip", defaultValue = "false")
  @Unreported
  private boolean skip;

  /**
   * Go the whole way up to the first change, and show what would be done. Goals that change nothing
   * do the same with it as without.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.dryRun", defaultValue = "false")
  private boolean dryRun;

  /**
   * In a build of several modules, do this once: the first of the executions with the same goal,
   * the same id and the same database does it; the others wait for it, no longer than {@code
   * timeout} (10 minutes where the goal has none), and share its outcome, a failure too. For a goal
   * that modules inherit, which would otherwise end the sessions of a sibling's tests. An execution
   * that is skipped or rehearsed ({@code dryRun}) does not count.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.oncePerBuild", defaultValue = "false")
  private boolean oncePerBuild;

  /**
   * Where each execution writes its report. Default: {@code target/pgkill} (below the build
   * directory of the project); in the clean lifecycle and without a POM {@code .pgkill/reports} of
   * the directory that Maven was started in.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.reportDirectory")
  @Unreported
  private @Nullable File reportDirectory;

  /**
   * Whether it is a failure that the database does not exist. With {@code false} the goal is then
   * done; {@code recreate-database} creates it.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.failIfDatabaseMissing", defaultValue = "true")
  private boolean failIfDatabaseMissing;

  /**
   * Servers that may be touched beside this machine: host names as written in the URL, addresses,
   * or CIDR blocks. Default: this machine only, by TCP or Unix socket. Goals that change nothing
   * ask no guard.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.allowedHosts")
  private @Nullable List<String> allowedHosts;

  /**
   * System identifiers of servers that answer on this machine and are far away all the same: behind
   * a tunnel, a managed service, or with standbys. The refusal prints the identifier.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.allowedServers")
  private @Nullable List<String> allowedServers;

  /**
   * Databases that are never touched, beside {@code postgres}, {@code template0}, {@code template1}
   * and those of managed services.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.protectedDatabases")
  private @Nullable List<String> protectedDatabases;

  /**
   * Protected databases that may be cleared all the same, such as the {@code postgres} of a
   * container that has no other.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.allowProtected")
  private @Nullable List<String> allowProtected;

  /**
   * The nodes of a cluster whose sessions count beside those of the server that {@code url} leads
   * to: {@code host:port} each, separated by commas, or {@code patroni} for the members that the
   * REST in {@code patroni} names; the primary may be among them. They are listed, diagnosed, ended
   * and waited for together, a closed database is closed on each of them, and a dropped one gone.
   * Every node has to answer and to be a standby of that server; a host that is not this machine is
   * listed in {@code allowedHosts}. They are reached with the same user, password and TLS, so that
   * hosts which only Patroni names are refused. Default: the primary alone; the verdict says when
   * standbys were not looked at.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.nodes")
  private @Nullable List<String> nodes;

  /**
   * Where Patroni keeps the server as the leader of a cluster: the base URLs of its REST, such as
   * {@code http://db1:8008}, separated by commas, of some members or all. It is asked for what
   * {@code nodes=patroni}, {@code restartWith=patroni} and {@code diagnose} need; nothing else is
   * told to it. A host that is not this machine is listed in {@code allowedHosts}, also for goals
   * that change nothing and where Patroni itself names it. Redirects are not followed; {@code
   * https} is verified as this Java verifies it. Default: Patroni is not asked.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.patroni")
  @Unreported
  private @Nullable List<String> patroni;

  /**
   * The id of a {@code server} in {@code settings.xml} that holds user name and password of
   * Patroni's REST ({@code restapi.authentication}), for what changes something there: a restart.
   * They go over verified TLS or to this machine, and are refused elsewhere. Not needed where the
   * REST asks for none.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.patroniServerId")
  private @Nullable String patroniServerId;

  /**
   * The admin consoles of the PgBouncers before the server: {@code host:port} each, separated by
   * commas. A goal that closes the database pauses every alias of them that leads to it, before it
   * closes it, and resumes it once the database is open everywhere: their clients wait meanwhile
   * instead of being refused. {@code restart-server} does the same around the restart with every
   * alias that leads to the server. Each process of PgBouncer needs an address of its own here; a
   * host that is not this machine is listed in {@code allowedHosts}. {@code diagnose} looks at
   * them. Needs {@code poolersServerId}, and {@code affectPoolers} to pause. Other goals do not ask
   * them. Default: none.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.poolers")
  private @Nullable List<String> poolers;

  /**
   * The id of a {@code server} in {@code settings.xml} with user name and password of one of
   * PgBouncer's {@code admin_users}; encrypted passwords are decrypted. The same for all of {@code
   * poolers}, and not asked without them. Default: none.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.poolersServerId")
  private @Nullable String poolersServerId;

  /**
   * Consent to pause everybody behind {@code poolers}, sessions that the filters spare too, while
   * the database is closed or the server restarts. Without it, a goal that would pause somebody
   * refuses. Other goals pause nobody.
   *
   * @since 0.1.0
   */
  @Parameter(property = "pgkill.affectPoolers", defaultValue = "false")
  private boolean affectPoolers;

  @Parameter(defaultValue = "${session}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private MavenSession session;

  @Parameter(defaultValue = "${project}", readonly = true)
  private @Nullable MavenProject project;

  @Parameter(defaultValue = "${mojoExecution}", readonly = true, required = true)
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private MojoExecution mojoExecution;

  @Inject
  @SuppressWarnings("NullAway.Init") // Maven sets it
  private SettingsDecrypter settingsDecrypter;

  /** Whether it is worth trying to write a report. */
  private boolean reportable = true;

  @Override
  public final void execute() throws MojoExecutionException, MojoFailureException {
    if (skip) {
      getLog()
          .info(
              "pgkill:"
                  + mojoExecution.getGoal()
                  + " is skipped: skip is true (in the POM, or pgkill.skip)");
      return;
    }
    Journal journal =
        new Journal(
            mojoExecution.getGoal(), mojoExecution.getVersion(), mojoExecution.getExecutionId());
    if (session.getRequest().getStartTime() != null) {
      journal.buildStartedAt(session.getRequest().getStartTime().toInstant());
    }
    Optional<PgkillException> failure;
    Optional<PgkillException> unwritten;
    try {
      failure = attempt(journal);
    } finally {
      unwritten = write(journal);
    }
    if (failure.isPresent()) {
      unwritten.ifPresent(e -> getLog().warn(e.getMessage()));
      throwAsMaven(failure.get(), journal);
    }
    if (unwritten.isPresent()) {
      throwAsMaven(unwritten.get(), journal);
    }
  }

  /** What is said without a console is made plain, too. */
  @Override
  public final Log getLog() {
    return new PlainLog(super.getLog());
  }

  /**
   * The goal's own work.
   *
   * @param settings where to connect and as whom
   * @param console where lines go
   * @param journal what the report is made of; the verdict in it is the goal's to give
   * @throws PgkillException when the goal's promise does not hold
   */
  abstract void run(ConnectionSettings settings, Console console, Journal journal);

  /** How the report shows a parameter's value; as it is, unless a goal has something to add. */
  Object shown(String parameter, Object value) {
    return value;
  }

  /** What was asked for, as the report tells it. */
  final Map<String, Object> askedFor() {
    return AskedFor.of(this, mojoExecution.getMojoDescriptor());
  }

  /** What the user allows a goal that changes something to touch. */
  final GuardRails rails(@Nullable Integer maxSessions) {
    return new GuardRails(
        list(allowedHosts),
        list(allowedServers),
        list(protectedDatabases),
        list(allowProtected),
        maxSessions);
  }

  static List<String> list(@Nullable List<String> values) {
    return values == null ? List.of() : values.stream().map(String::trim).toList();
  }

  /** How Patroni is asked; null where no address of it is named. */
  final @Nullable PatroniAccess patroni() {
    return PatroniParameters.read(list(patroni), patroniServerId, credentials());
  }

  private Credentials credentials() {
    return new Credentials(session.getSettings(), settingsDecrypter, getLog());
  }

  final boolean failIfDatabaseMissing() {
    return failIfDatabaseMissing;
  }

  /** What relative paths are relative to: the project's directory, or Maven's own without one. */
  final Path baseDirectory() {
    File directory = project == null ? null : project.getBasedir();
    return directory == null ? Path.of(session.getExecutionRootDirectory()) : directory.toPath();
  }

  /** For goals that leave something to undo when the build ends. */
  final void undoAtEndOfBuild() {
    BuildEnd.arrange(session, super.getLog());
  }

  /** For what goes on after the goal: what its own report is made of. */
  final Journal furtherJournal(String name) {
    Journal journal = new Journal(name, mojoExecution.getVersion(), mojoExecution.getExecutionId());
    journal.request(askedFor());
    return journal;
  }

  /** Writes the report of what went on after the goal. */
  final void writeLater(Journal journal) {
    write(journal).ifPresent(e -> getLog().warn(e.getMessage()));
  }

  /** Whether nothing but this goal was asked for. */
  final boolean onlyGoal() {
    return session.getGoals().size() == 1 && MojoExecution.Source.CLI == mojoExecution.getSource();
  }

  /** The goal's timeout; also for how long at most it waits for another goal of this build. */
  Duration timeout() {
    return TIMEOUT;
  }

  /** Whether the environment may say which server and database is meant. */
  boolean targetFromEnvironment() {
    return true;
  }

  boolean dryRun() {
    return dryRun;
  }

  /** How and where to back a database up. */
  final BackupOptions backupOptions(@Nullable File directory, @Nullable String pgDump) {
    return BackupOptions.in(
        directory == null
            ? Path.of(session.getExecutionRootDirectory(), ".pgkill", "backups")
            : directory.toPath(),
        pgDump);
  }

  /**
   * Reads a number. Parameters are not bound as numbers, because Maven would end the build before
   * us, with neither a remedy nor a report.
   */
  static int wholeNumber(String parameter, String text, int least) {
    String digits = text.trim();
    if (!digits.matches("\\d{1,9}") || Integer.parseInt(digits) < least) {
      throw new InvalidParameter(
          parameter,
          "'" + text + "' is not a whole number from " + least + " up",
          "Write " + least + " or more.");
    }
    return Integer.parseInt(digits);
  }

  private void requireReportable() {
    reportable = false;
    new JsonReport(ReportDirectory.of(reportDirectory, session, project, mojoExecution))
        .requireWritable();
    reportable = true;
  }

  private Optional<PgkillException> attempt(Journal journal) {
    try {
      new ParameterCheck(session, project, mojoExecution).check();
      new ForkedBuildCheck(session, project, mojoExecution.getPlugin().getKey())
          .check(Ancestors.arguments());
      journal.request(askedFor());
      requireReportable();
      ResolvedConnection connection = connection();
      journal.connection(connection.settings());
      connection.notes().forEach(getLog()::info);
      run(connection.settings(), journal);
      return Optional.empty();
    } catch (PgkillException e) {
      if (e instanceof InvalidParameter bad && bad.parameter().equals("reportDirectory")) {
        // Maven makes the project's own directory of an empty one
        reportDirectory = null;
      }
      journal.failed(e);
      return Optional.of(e);
    }
  }

  private void run(ConnectionSettings settings, Journal journal) {
    Console console = new MojoConsole(super.getLog(), ConsoleStyle.of(session));
    if (!oncePerBuild || dryRun) {
      run(settings, console, journal);
      return;
    }
    OncePerBuild.Execution execution =
        new OncePerBuild.Execution(
            new OncePerBuild.Key(
                mojoExecution.getGoal(),
                mojoExecution.getExecutionId(),
                settings.server(),
                settings.database()),
            project == null ? session.getExecutionRootDirectory() : project.getArtifactId(),
            askedFor(),
            timeout());
    OncePerBuild.run(
        session.getRequest(), execution, () -> run(settings, console, journal), console, journal);
  }

  private ResolvedConnection connection() {
    Credentials credentials = credentials();
    ConnectionRequest.Builder request =
        ConnectionRequest.builder()
            .url(url)
            .user(user)
            .password(password == null ? null : new Secret(password))
            .server(serverId == null ? null : credentials.of(serverId))
            .buildConnection(
                connectionFrom == null ? null : connectionFrom(connectionFrom, credentials))
            .database(database)
            .maintenanceDatabase(maintenanceDatabase)
            .role(role)
            .connectTimeout(
                connectTimeout == null ? null : Durations.parse("connectTimeout", connectTimeout))
            .waitForServer(Durations.parse("waitForServer", waitForServer))
            .targetFromEnvironment(targetFromEnvironment())
            .poolers(poolers(credentials));
    ConnectionResolver resolver = new ConnectionResolver(Environment.ofProcess());
    return resolver.resolve(request.nodes(nodes(resolver, request)).build());
  }

  private List<String> nodes(ConnectionResolver resolver, ConnectionRequest.Builder request) {
    // read in any case: an address that is none is not passed over
    @Nullable PatroniAccess access = patroni();
    if (!MemberNodes.areAsked(list(nodes))) {
      return list(nodes);
    }
    List<String> members =
        MemberNodes.of(access, rails(null), resolver.resolve(request.build()).settings().hosts());
    getLog().info("nodes=patroni are " + String.join(", ", members));
    return members;
  }

  private @Nullable BuildConnection connectionFrom(String source, Credentials credentials) {
    ConnectionFrom.parse(source);
    if (url != null) {
      // another database, perhaps; nothing of the tool's belongs to it
      getLog().info("url is set, so that connectionFrom=" + source + " is not asked");
      return null;
    }
    return buildConnections(credentials).read(source);
  }

  private PoolerRequest poolers(Credentials credentials) {
    return list(poolers).isEmpty()
        ? PoolerRequest.NONE
        : new PoolerRequest(
            list(poolers),
            poolersServerId == null ? null : credentials.of("poolersServerId", poolersServerId),
            affectPoolers,
            buildConnections(credentials).ofTheTools());
  }

  private BuildConnections buildConnections(Credentials credentials) {
    return new BuildConnections(
        session,
        project,
        mojoExecution,
        credentials,
        Environment.ofProcess(),
        System.getProperties());
  }

  private Optional<PgkillException> write(Journal journal) {
    if (!reportable) {
      return Optional.empty();
    }
    try {
      Path directory = ReportDirectory.of(reportDirectory, session, project, mojoExecution);
      GoalReport report = journal.report();
      Path json = new JsonReport(directory).write(report);
      getLog().info("report: " + HtmlReport.write(report, json));
      return Optional.empty();
    } catch (PgkillException e) {
      return Optional.of(e);
    }
  }

  private void throwAsMaven(PgkillException e, Journal journal)
      throws MojoExecutionException, MojoFailureException {
    String where = journal.where();
    String message = PlainText.line((where.isEmpty() ? "" : where + ": ") + Wording.failure(e));
    // not as the cause: Maven would append the messages of all causes to ours; the old ones among
    // the Mavens show nothing suppressed with -e, so that -X has to
    PgkillException plain = PlainTrace.copy(e);
    getLog().debug(plain);
    if (e instanceof PgkillFailure) {
      MojoFailureException failure = new MojoFailureException(message);
      failure.addSuppressed(plain);
      throw failure;
    }
    MojoExecutionException error = new MojoExecutionException(message);
    error.addSuppressed(plain);
    throw error;
  }
}
