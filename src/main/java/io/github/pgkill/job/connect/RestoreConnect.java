package io.github.pgkill.job.connect;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.Target;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.DatabaseLockout;
import io.github.pgkill.job.removal.Leftovers;
import io.github.pgkill.job.words.Words;
import io.github.pgkill.model.BuildIdentity;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.LockoutReport;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillException;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Opens what this or an earlier, broken build closed, exactly as it was. */
public final class RestoreConnect {

  /** Stands for every database of the server that bears a record. */
  private static final String ALL = "*";

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

  /** Does it. */
  public void run(Request request) {
    try (Admission admission =
        Admission.toRestore(request.connection(), request.rails(), console, journal)) {
      List<String> done = new ArrayList<>();
      List<PgkillException> failures = new ArrayList<>();
      for (DatabaseInfo database : databases(admission.server(), request)) {
        try {
          String key = BuildLockouts.key(admission.server().info(), database);
          synchronized (BuildLockouts.mutex(key)) {
            done.add(open(key, admission.server(), database, request));
          }
        } catch (PgkillException e) {
          failures.add(e);
        }
      }
      leftovers(new Leftovers(admission, console), admission.server(), request);
      conclude(done, failures, request);
    }
  }

  private static void leftovers(Leftovers leftovers, Server server, Request request) {
    String name = request.connection().database();
    DatabaseInfo database = name.equals(ALL) ? null : server.findDatabase(name).orElse(null);
    if (database == null && !name.equals(ALL)) {
      return;
    }
    if (request.dryRun()) {
      leftovers.tell(database);
    } else {
      leftovers.remove(database);
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

  private String open(String key, Server server, DatabaseInfo database, Request request) {
    LockoutFound found = new Lockouts(server).look(database);
    if (!(found instanceof LockoutFound.Closed) && BuildLockouts.has(key)) {
      // somebody replaced our record; we remember it
      return shared(key, server, database, request, found, ThisBuild.identity());
    }
    if (found instanceof LockoutFound.Unusable unusable) {
      throw Lockouts.unusable(database.name(), unusable);
    }
    if (!(found instanceof LockoutFound.Closed closed)) {
      return "database " + database.name() + " is not closed by pgkill";
    }
    LockoutRecord record = closed.record();
    if (ThisBuild.isOrDescendsFrom(record.build()) && !request.force()) {
      return shared(key, server, database, request, found, record.build());
    }
    requireDead(server, database, closed, request);
    return request.dryRun()
        ? "dry run: would open database " + database.name()
        : opened(database, found, new Lockouts(server).reopen(database, record.build()));
  }

  private String shared(
      String key,
      Server server,
      DatabaseInfo database,
      Request request,
      LockoutFound found,
      BuildIdentity whose) {
    if (request.dryRun()) {
      return "dry run: would open database " + database.name();
    }
    if (BuildLockouts.returnBorrowed(key)) {
      return "database "
          + database.name()
          + " stays closed: the build that started this one still relies on it";
    }
    if (!BuildLockouts.has(key)) {
      // closed with reopen=never by this build, or by the build that forked this one
      return opened(database, found, new Lockouts(server).reopen(database, whose));
    }
    return BuildLockouts.giveBack(key)
        .map(reopened -> opened(database, found, reopened))
        .orElse(
            "database "
                + database.name()
                + " stays closed: other modules or goals of this build still rely on it");
  }

  private void requireDead(
      Server server, DatabaseInfo database, LockoutFound.Closed closed, Request request) {
    LockoutRecord record = closed.record();
    boolean free = request.force() || record.reopen() == Reopen.NEVER;
    DatabaseLockout door = new DatabaseLockout(server, database, console);
    if (!free && !door.dead(closed)) {
      throw door.lockedOut(record);
    }
  }

  private String opened(DatabaseInfo database, LockoutFound found, Reopened reopened) {
    journal.statements(reopened.statements());
    if (found instanceof LockoutFound.Closed closed) {
      journal.lockout(report(database, closed.record(), reopened));
    }
    reopened.kept().forEach(change -> console.warn("database " + database.name() + ": " + change));
    return "database "
        + database.name()
        + (reopened.wasClosed() ? " is open again" : " was open already");
  }

  private static LockoutReport report(
      DatabaseInfo database, LockoutRecord record, Reopened reopened) {
    return new LockoutReport(
        record.closedWith(),
        record.reopen(),
        List.of(),
        record.closedAt(),
        reopened.statements(),
        Instant.now(),
        Words.opening(reopened),
        Words.reopened(database, reopened));
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
