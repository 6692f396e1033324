package io.github.pgkill.job.connect;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.Target;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.nodes.Replay;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.poolers.Resumption;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Opens what this or an earlier, broken build closed, exactly as it was. */
public final class RestoreConnect {

  /** Stands for every database of the server that bears a record. */
  private static final String ALL = "*";

  /** For a goal of the same build that is at work on the database. */
  private static final Duration WAIT = Duration.ofSeconds(30);

  /**
   * What is asked for.
   *
   * @param connection where and as whom; its database may be {@code *}
   * @param rails what may be touched
   * @param force break a lockout whose build still lives
   * @param failIfDatabaseMissing whether a missing database is a failure
   * @param dryRun stop before the first change
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      boolean force,
      boolean failIfDatabaseMissing,
      boolean dryRun) {}

  private final Console console;
  private final Journal journal;

  public RestoreConnect(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  public void run(Request request) {
    try (Admission admission =
        Admission.toRestore(request.connection(), request.rails(), console, journal)) {
      List<String> done = new ArrayList<>();
      List<PgkillException> failures = new ArrayList<>();
      for (DatabaseInfo database : databases(admission.server(), request)) {
        try {
          done.add(open(admission, database, request));
        } catch (PgkillException e) {
          failures.add(e);
        }
      }
      leftovers(admission, request);
      conclude(done, failures, request);
    }
  }

  private String open(Admission admission, DatabaseInfo database, Request request) {
    OpenDatabase opening =
        new OpenDatabase(admission.server(), database, request.force(), console, journal);
    new Runner(request.dryRun(), BuildLockouts.lock(admission, database, WAIT, null), console)
        .run(List.of(opening));
    try {
      if (admission.severalNodes() && !request.dryRun()) {
        new Replay(admission.nodes(), database, "the opening", WAIT, console).await();
      }
    } finally {
      opening.resume(new Resumption(admission, console));
    }
    return opening.summary();
  }

  private void leftovers(Admission admission, Request request) {
    String name = request.connection().database();
    DatabaseInfo database =
        name.equals(ALL) ? null : admission.server().findDatabase(name).orElse(null);
    if (database != null || name.equals(ALL)) {
      new Runner(request.dryRun(), console)
          .run(List.of(new Leftovers(admission, database, console)));
    }
  }

  private List<DatabaseInfo> databases(Server server, Request request) {
    String name = request.connection().database();
    if (name.equals(ALL)) {
      return recorded(server);
    }
    List<DatabaseInfo> databases = named(server, name);
    if (databases.isEmpty() && request.failIfDatabaseMissing()) {
      Target.require(server, name);
    }
    databases.stream().findFirst().ifPresent(journal::database);
    return databases;
  }

  /** The one of that name, and whatever had it when it was closed and has another one since. */
  private static List<DatabaseInfo> named(Server server, String name) {
    Optional<DatabaseInfo> now = server.findDatabase(name);
    if (now.filter(database -> isClosed(server, database)).isPresent()) {
      return now.stream().toList();
    }
    List<DatabaseInfo> databases = new ArrayList<>(recorded(server));
    databases.removeIf(database -> !wasNamed(server, database, name));
    now.ifPresent(database -> databases.add(0, database));
    return databases;
  }

  private static boolean isClosed(Server server, DatabaseInfo database) {
    return !(new Lockouts(server).look(database) instanceof LockoutFound.None);
  }

  private static boolean wasNamed(Server server, DatabaseInfo database, String name) {
    return new Lockouts(server).look(database) instanceof LockoutFound.Closed closed
        && closed.record().databaseName().equals(name);
  }

  private static List<DatabaseInfo> recorded(Server server) {
    return new Lockouts(server)
        .recorded().stream().flatMap(recorded -> server.findDatabase(recorded).stream()).toList();
  }

  /** One failure that names all of them, with what mends each. */
  private static PgkillException together(List<PgkillException> failures) {
    PgkillException first = failures.get(0);
    if (failures.size() == 1) {
      return first;
    }
    String what =
        failures.size()
            + " databases could not be opened: "
            + failures.stream()
                .map(failure -> String.valueOf(failure.getMessage()))
                .collect(Collectors.joining("; "));
    String remedy =
        failures.stream()
            .flatMap(failure -> failure.remedy().stream())
            .distinct()
            .collect(Collectors.joining(" "));
    boolean broken = failures.stream().anyMatch(PgkillError.class::isInstance);
    return broken ? new PgkillError(what, remedy, first) : new PgkillFailure(what, remedy, first);
  }

  private void conclude(List<String> done, List<PgkillException> failures, Request request) {
    done.forEach(console::info);
    if (!failures.isEmpty()) {
      throw together(failures);
    }
    String summary = done.isEmpty() ? "no database is closed by pgkill" : String.join("; ", done);
    if (done.isEmpty()) {
      console.info(summary);
    }
    Verdict.Status status = request.dryRun() ? Verdict.Status.DRY_RUN : Verdict.Status.SUCCESS;
    journal.verdict(new Verdict(status, summary, List.of()));
  }
}
