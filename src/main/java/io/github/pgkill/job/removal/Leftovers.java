package io.github.pgkill.job.removal;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.lockout.DatabaseLockout;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.postgres.database.Leftover;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The temporary databases that an interrupted recreating of a database left behind. Like a lockout,
 * a new one whose build died is undone by the next goal that closes, opens, drops or recreates the
 * database. An old one is only named, with the statement that drops it: it holds somebody's data.
 */
public final class Leftovers implements Phase<List<Leftover>> {

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  private static final DatabaseInfo NONE = new DatabaseInfo(0, "", null);

  private final Admission admission;
  private final @Nullable DatabaseInfo database;
  private final Console console;

  /**
   * @param database null for those of all databases
   */
  public Leftovers(Admission admission, @Nullable DatabaseInfo database, Console console) {
    this.admission = admission;
    this.database = database;
    this.console = console;
  }

  @Override
  public List<Leftover> check() {
    return found();
  }

  /** Names them. */
  @Override
  public void say(List<Leftover> found) {
    found.stream().filter(leftover -> !leftover.living()).forEach(this::name);
  }

  /** Drops those of the database, and those of databases that are gone, and names the rest. */
  @Override
  public void run(List<Leftover> found) {
    Set<DatabaseInfo> dead = dead(found);
    for (Leftover leftover : found) {
      if (dead.contains(leftover.database())) {
        drop(leftover);
      } else if (!leftover.living()) {
        name(leftover);
      }
    }
  }

  private List<Leftover> found() {
    DatabaseInfo concerned = database == null ? NONE : database;
    return new Databases(admission.server())
        .leftovers(concerned, ThisBuild.identity()).stream()
            .filter(leftover -> database == null || leftover.concerns())
            .toList();
  }

  /** Those whose build shows no life for as long as one that lost its session may take. */
  private Set<DatabaseInfo> dead(List<Leftover> found) {
    Set<DatabaseInfo> dead = removable(found);
    boolean onlyOurs =
        found.stream().filter(l -> dead.contains(l.database())).allMatch(Leftover::ours);
    Stopwatch waited = new Stopwatch();
    while (!dead.isEmpty() && !onlyOurs && waited.elapsed().compareTo(DatabaseLockout.GRACE) < 0) {
      Pause.of(LOOK);
      dead.retainAll(removable(found()));
    }
    return dead;
  }

  private static Set<DatabaseInfo> removable(List<Leftover> found) {
    return found.stream()
        .filter(leftover -> leftover.kind() == Leftover.Kind.NEW)
        .filter(Leftover::droppable)
        .filter(leftover -> !leftover.living())
        .map(Leftover::database)
        .collect(Collectors.toSet());
  }

  private void drop(Leftover leftover) {
    try {
      new DropUntilGone(admission, leftover.database(), TIMEOUT, console).run(() -> {});
      console.warn(
          "temporary database "
              + leftover.database().name()
              + " was left over from a recreate-database whose build ended: dropped");
    } catch (PgkillException e) {
      console.warn("could not drop a temporary database: " + e.getMessage());
      name(leftover);
    }
  }

  private void name(Leftover leftover) {
    console.warn(
        "temporary database "
            + leftover.database().name()
            + " is left over from an earlier recreate-database"
            + (leftover.kind() == Leftover.Kind.OLD
                ? " and holds what the database held before; if nobody needs that: "
                : "; unless one is running now: ")
            + DropStatement.statement(leftover.database()));
  }
}
