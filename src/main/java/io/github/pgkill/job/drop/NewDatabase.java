package io.github.pgkill.job.drop;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.RestoreOptions;
import io.github.pgkill.job.phases.Ending;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.removal.DropUntilGone;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.Leftover;
import io.github.pgkill.postgres.database.Template;
import io.github.pgkill.postgres.database.UnfinishedDatabase;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Builds a new database under a temporary name: one that is to take another one's place, or that is
 * to have a name which no database has.
 *
 * @param <T> which of both
 */
final class NewDatabase<T extends UnfinishedDatabase> implements Phase<NewDatabase.Plan<T>> {

  /** Together less than the end of the process may be held up. */
  private static final Duration PATIENCE = Duration.ofSeconds(6);

  private static final Duration LOOK = Duration.ofMillis(20);

  /** How the new one is begun. */
  interface Begin<T> {
    /**
     * Settles its statements.
     *
     * @param template what it is a copy of; null for an empty one
     */
    T with(@Nullable Template template);
  }

  private final Admission admission;
  private final DatabaseInfo database;
  private final DropDatabase.Request request;
  private final @Nullable RestoreOptions restore;
  private final @Nullable TemplateCopy copy;
  private final Begin<T> begin;
  private final Console console;
  private final Journal journal;
  private @Nullable Plan<T> plan;

  /**
   * @param database whose place it takes, or what stands for the one that is not there
   * @param restore what it is to hold; null for nothing
   * @param copy what it is copied from; null for an empty one
   * @param begin how it is begun
   */
  NewDatabase(
      Admission admission,
      DatabaseInfo database,
      DropDatabase.Request request,
      @Nullable RestoreOptions restore,
      @Nullable TemplateCopy copy,
      Begin<T> begin,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.database = database;
    this.request = request;
    this.restore = restore;
    this.copy = copy;
    this.begin = begin;
    this.console = console;
    this.journal = journal;
  }

  /**
   * What is built.
   *
   * @param fresh the statements
   * @param content what it gets
   * @param closed whether somebody has closed the old one
   * @param <T> what becomes of it
   */
  record Plan<T>(T fresh, NewDatabaseContent content, boolean closed) {}

  @Override
  public Plan<T> check() {
    boolean closed = isClosed();
    T fresh = begin.with(copy == null ? null : copy.check());
    plan =
        new Plan<>(
            fresh, new NewDatabaseContent(restore, fresh, admission, console, journal), closed);
    return plan;
  }

  /** The new database would be open, which whoever closed this one may not expect. */
  private boolean isClosed() {
    if (!(new Lockouts(admission.server()).look(database) instanceof LockoutFound.Closed closed)) {
      return false;
    }
    if (closed.record().reopen() == Reopen.NEVER) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " was closed to stay closed, and the recreated one would be open",
          "Open it first: mvn pgkill:restore-connect");
    }
    return true;
  }

  private void warn(Plan<T> built) {
    if (built.closed()) {
      console.info(
          "database " + database.name() + " is closed; the recreated one is as it was before that");
    }
  }

  @Override
  public void say(Plan<T> built) {
    warn(built);
    if (copy != null) {
      copy.say();
    }
    built.content().rehearse();
    built.fresh().building().forEach(journal::planned);
  }

  @Override
  public void run(Plan<T> built) {
    warn(built);
    // shows others that whoever builds the new one lives
    new Lockouts(admission.server()).hold(ThisBuild.identity(), database);
    if (copy == null) {
      built.fresh().create();
    } else {
      copy.run(built.fresh());
    }
    built.content().run();
    built.fresh().furnish();
    built.fresh().building().forEach(journal::executed);
    console.info("the new database is built, under a temporary name");
  }

  /** Whoever was connected to the old one before may be gone, and others may have come. */
  @Override
  public boolean takesLong() {
    return true;
  }

  @Override
  public void end(Plan<T> built, Ending ending) {
    if (ending == Ending.FAILED) {
      discard(built.fresh());
    } else if (ending == Ending.INTERRUPTED) {
      discardAnew();
    }
  }

  private void discard(T fresh) {
    try {
      fresh
          .unfinished()
          .ifPresent(
              rest ->
                  new DropUntilGone(admission, rest, request.options().timeout(), console)
                      .run(() -> {}));
    } catch (PgkillException e) {
      throw new PgkillFailure(
          "the unfinished database " + fresh.newName() + " could not be dropped: " + e.getMessage(),
          e.remedy().orElse("The next goal that closes or recreates the database drops it."),
          e);
    }
  }

  /** While the goal's own connection is busy, or about to be. */
  private void discardAnew() {
    if (copy != null) {
      copy.cancel();
    }
    SessionId builder = admission.server().info().self();
    admission.server().abort();
    try (Admission again =
        Admission.toRestore(
            admission.settings().withNodes(List.of()),
            request.rails(),
            console,
            new Journal("recreate-database", "", ""))) {
      Stopwatch waited = new Stopwatch();
      while (new Databases(again.server()).runs(builder)
          && waited.elapsed().compareTo(PATIENCE) < 0) {
        Pause.of(LOOK);
      }
      for (DatabaseInfo fresh : made(again)) {
        new DropUntilGone(again, fresh, PATIENCE, console).run(() -> {});
        console.info("the unfinished database " + fresh.name() + " is dropped");
      }
    }
  }

  private List<DatabaseInfo> made(Admission again) {
    return new Databases(again.server())
        .leftovers(database, ThisBuild.identity()).stream()
            .filter(leftover -> leftover.ours() && leftover.kind() == Leftover.Kind.NEW)
            .filter(Leftover::concerns)
            .map(Leftover::database)
            .toList();
  }

  /** The statements, once they are settled. */
  T fresh() {
    return plan().fresh();
  }

  /** How the new database is, in a word or two. */
  String described() {
    return copy == null || restore != null
        ? plan().content().described()
        : "a copy of " + copy.database().name();
  }

  /** The one whose place it is to take. */
  DatabaseInfo database() {
    return database;
  }

  private Plan<T> plan() {
    return Objects.requireNonNull(plan, "checked first");
  }
}
