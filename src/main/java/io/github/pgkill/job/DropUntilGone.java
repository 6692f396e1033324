package io.github.pgkill.job;

import io.github.pgkill.model.Blocker;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.Intent;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.PgkillFailure;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.StillDropping;
import io.github.pgkill.postgres.DropResult;
import io.github.pgkill.postgres.DropStatement;
import io.github.pgkill.postgres.Server;
import io.github.pgkill.report.Console;
import io.github.pgkill.report.ProgressLine;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Drops one database: issues the statement, clears the way again when somebody slipped in, and
 * proves that the database is gone. The statement is never interrupted.
 */
final class DropUntilGone {

  private static final Duration LOOK = Duration.ofMillis(250);

  /** What a DROP that nothing holds up may take on a busy machine. */
  private static final Duration AT_LEAST = Duration.ofSeconds(2);

  private final Admission admission;
  private final Server server;
  private final DatabaseInfo database;
  private final Duration timeout;
  private final Console console;
  private final StuckLogins logins;
  private final Stopwatch watch = new Stopwatch();

  DropUntilGone(Admission admission, DatabaseInfo database, Duration timeout, Console console) {
    this.admission = admission;
    this.server = admission.server();
    this.database = database;
    this.timeout = timeout;
    this.console = console;
    this.logins =
        new StuckLogins(server, server.sessions(database, SessionFilter.ALL_CLIENTS), console);
  }

  /**
   * Does it.
   *
   * @param clear ends the sessions that slipped in
   * @throws StillDropping when time is up and the server is still at it
   * @throws PgkillFailure when the database is in use to the end of the timeout
   */
  void run(Runnable clear) {
    while (true) {
      logins.awaitNone(left());
      requireSame();
      DropResult result = attempt();
      if (!(result instanceof DropResult.InUse inUse)) {
        break;
      }
      if (left().isZero()) {
        throw new PgkillFailure(
            "the server would not drop database "
                + database.name()
                + ": "
                + inUse.reason()
                + stillThere(),
            "Remove what the server names, or raise -Dpgkill.timeout.");
      }
      console.info("not yet: " + inUse.reason());
      clear.run();
    }
    requireGone();
  }

  /** What {@code diagnose} would name now. */
  private String stillThere() {
    List<Blocker> left =
        new BlockerSearch(
                server,
                database,
                Intent.DROP,
                SessionFilter.ALL_CLIENTS,
                admission.settings(),
                console)
            .find()
            .stopping();
    return left.isEmpty()
        ? ""
        : "; still there: " + left.stream().map(Blocker::what).collect(Collectors.joining("; "));
  }

  private DropResult attempt() {
    try (DropStatement drop = DropStatement.start(admission.another(), database)) {
      return watch(drop);
    }
  }

  private DropResult watch(DropStatement drop) {
    Stopwatch running = new Stopwatch();
    ProgressLine progress = new ProgressLine("to be dropped", timeout, console);
    while (true) {
      Optional<DropResult> result = drop.await(LOOK);
      if (result.isPresent()) {
        return result.get();
      }
      if (left().isZero() && running.elapsed().compareTo(AT_LEAST) > 0) {
        throw stillDropping(drop);
      }
      logins.endStuck();
      if (progress.due(watch.elapsed())) {
        progress.at(watch.elapsed(), List.of()).ifPresent(console::progress);
      }
    }
  }

  private StillDropping stillDropping(DropStatement drop) {
    return new StillDropping(
        "DROP DATABASE did not end within "
            + Durations.format(timeout)
            + ": process "
            + drop.pid()
            + " waits for "
            + server.databases().waitsFor(drop.pid()).orElse("nothing that the server shows")
            + ". It is left to finish, because a database whose DROP is interrupted is lost;"
            + " database "
            + database.name()
            + " stays closed meanwhile",
        "Do not cancel it. On PostgreSQL 15 and later it waits for every process of the server:"
            + " look for a stopped one on the host. Should the DROP fail after all, mvn"
            + " pgkill:restore-connect opens the database.");
  }

  private void requireSame() {
    Optional<String> name = server.databases().currentName(database);
    if (name.isPresent() && !name.get().equals(database.name())) {
      throw new PgkillFailure(
          "database " + database.name() + " was renamed to " + name.get() + " meanwhile",
          "Whoever did that may still need it; nothing was dropped.");
    }
  }

  private void requireGone() {
    if (server.databases().currentName(database).isPresent()) {
      throw new PgkillError(
          "the server reported database " + database.name() + " as dropped and still lists it",
          null,
          null);
    }
  }

  private Duration left() {
    Duration left = timeout.minus(watch.elapsed());
    return left.isNegative() ? Duration.ZERO : left;
  }
}
