package io.github.pgkill.job.drop;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.diagnose.DatabaseBlockers;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.lockout.Closing;
import io.github.pgkill.job.lockout.LockoutScope;
import io.github.pgkill.job.lockout.LockoutScope.Need;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Ending;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.phases.Runner;
import io.github.pgkill.job.terminate.EndSessions;
import io.github.pgkill.job.terminate.SelectSessions;
import io.github.pgkill.job.terminate.SessionTerminator;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.CopyResult;
import io.github.pgkill.postgres.database.CopyStatement;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.database.Template;
import io.github.pgkill.postgres.database.TemplateHold;
import io.github.pgkill.postgres.database.UnfinishedDatabase;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ProgressLine;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Makes a database as the copy of another one, which is closed and cleared for that moment and
 * given back at once, whatever comes of it. One that is protected, or not ours to close, is left as
 * it is and copied only while nobody is connected to it.
 */
final class TemplateCopy {

  /** How often a statement that runs is looked at. */
  private static final Duration LOOK = Duration.ofMillis(250);

  /** How long one attempt waits for a lock before it tells for whom. */
  private static final Duration HOLD = Duration.ofSeconds(1);

  private static final Duration AGAIN = Duration.ofMillis(100);

  /** So many bytes a second are copied at least, by a slow disk too. */
  private static final long SLOWEST = 4L << 20;

  /** For a template whose size this role may not ask. */
  private static final Duration UNKNOWN = Duration.ofMinutes(10);

  private static final String AUTOVACUUM = "autovacuum worker";
  private static final String SUBSCRIBER = "logical replication";

  private final Admission admission;
  private final Server server;
  private final DatabaseInfo database;
  private final DropOptions options;
  private final Console console;
  private final Journal journal;
  private volatile @Nullable CopyStatement running;
  private volatile boolean stopped;

  /**
   * @param database what to copy
   */
  TemplateCopy(
      Admission admission,
      DatabaseInfo database,
      DropOptions options,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.server = admission.server();
    this.database = database;
    this.options = options;
    this.console = console;
    this.journal = journal;
  }

  /** What is copied. */
  DatabaseInfo database() {
    return database;
  }

  /**
   * Looks at it, and refuses what can be known.
   *
   * @throws PgkillFailure when it could not be copied
   */
  Template check() {
    if (server.info().connectedTo().equals(database.name())) {
      throw new PgkillFailure(
          "database " + database.name() + " cannot be copied from within",
          "Name another one to connect to: -Dpgkill.maintenanceDatabase=...");
    }
    Template template = template();
    requirePrivilege();
    if (template.invalid()) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " is invalid, left over from an interrupted DROP DATABASE, and cannot be copied",
          "It can only be dropped. Name another one: -Dpgkill.fromTemplate=...");
    }
    if (template.collationsChanged()) {
      throw new PgkillFailure(
          "the server would not copy database "
              + database.name()
              + ": it was made with collation version "
              + template.collationVersion()
              + ", and the library that is installed now has "
              + (template.collationNow() == null ? "none" : template.collationNow()),
          "Rebuild its indexes (REINDEX DATABASE), then: " + template.refreshCollations());
    }
    Journal aside = aside();
    try {
      steps(null, aside).forEach(Phase::check);
    } catch (PgkillException e) {
      journal.include(aside);
      throw e;
    }
    return template;
  }

  /** The template as it is now. */
  private Template template() {
    return new Databases(server)
        .template(database)
        .orElseThrow(
            () ->
                new PgkillFailure("database " + database.name() + " is not there any more", null));
  }

  private void requirePrivilege() {
    new Preflight(server, database)
        .abilities().stream()
            .flatMap(
                may ->
                    new DatabaseBlockers(server, database, Intent.TEMPLATE).privilege(may).stream())
            .findFirst()
            .ifPresent(
                privilege -> {
                  Refusal refusal = privilege.refusal();
                  throw new PgkillFailure(
                      privilege.what() + "; nothing was touched",
                      refusal == null ? null : refusal.words());
                });
  }

  /** Says what would be done to it. */
  void say() {
    Journal aside = aside();
    try {
      new Runner(true, console).run(steps(null, aside));
    } finally {
      journal.include(aside);
    }
  }

  /** Copies it. */
  void run(UnfinishedDatabase fresh) {
    Journal aside = aside();
    try {
      new Runner(
              false, BuildLockouts.lock(admission, database, options.timeout(), "timeout"), console)
          .run(steps(fresh, aside));
    } finally {
      journal.include(aside);
    }
  }

  private static Journal aside() {
    return new Journal("recreate-database", "", "");
  }

  /** Ends a copying that is under way, from whichever thread. */
  void cancel() {
    stopped = true;
    CopyStatement statement = running;
    if (statement != null) {
      statement.cancel();
    }
  }

  /**
   * What is done to the template, in order.
   *
   * @param fresh what becomes the copy; null as long as it is only looked at
   * @param aside takes what becomes of its sessions
   */
  private List<Phase<?>> steps(@Nullable UnfinishedDatabase fresh, Journal aside) {
    if (!closable()) {
      return List.of(new NobodyThere(), new Copying(fresh, null, aside));
    }
    SessionFilter clients =
        SessionFilter.builder()
            .backendTypes(new Preflight(server, database).clientsAndWorkers().backendTypes())
            .build();
    Sessions sessions = Sessions.of(server, database, clients);
    SessionTerminator terminator =
        new SessionTerminator(
            sessions, options.termination(), admission.maxSessions(), console, aside);
    SelectSessions selected = new SelectSessions(terminator);
    LockoutScope lockout =
        new LockoutScope(
            admission,
            database,
            closing(),
            Need.MUST,
            selected::first,
            this::cancel,
            console,
            aside);
    EndSessions ended = new EndSessions(selected, terminator, () -> true, aside);
    return List.of(
        new NoMigration(sessions),
        selected,
        new NobodySpared(selected),
        lockout,
        ended,
        new Copying(fresh, ended::again, aside));
  }

  /** Whether it may be closed and cleared: not a protected one, and none of somebody else. */
  private boolean closable() {
    return !admission.isProtected(database)
        && server.info().systemIdentifier() != null
        && new Lockouts(server).mayClose(database);
  }

  /**
   * A slot that is in use and a subscription that works are refused by name, others stand still.
   */
  private Closing closing() {
    return new Closing(
        CloseWith.ALLOW_CONNECTIONS, null, List.of(), Reopen.IMMEDIATELY, options.timeout(), true);
  }

  /** What the server counts as its users and nobody here ends. */
  private void requireNoObstacle() {
    List<Blocker> stopping =
        new DatabaseBlockers(server, database, Intent.TEMPLATE)
            .obstacles().stream()
                .filter(found -> found.prepared() != null || found.blocker().pid() != null)
                .map(found -> found.blocker())
                .toList();
    if (!stopping.isEmpty()) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " cannot be copied: "
              + stopping.stream().map(Blocker::what).collect(Collectors.joining("; ")),
          Wording.agree(stopping.size(), "Remove it first: ", "Remove these first: ")
              + stopping.stream().map(Blocker::remedy).collect(Collectors.joining(" ")));
    }
    List<Session> workers =
        processes()
            .filter(session -> String.valueOf(session.backendType()).startsWith(SUBSCRIBER))
            .toList();
    if (!workers.isEmpty()) {
      throw new PgkillFailure(
          "database "
              + database.name()
              + " cannot be copied: a subscription in it is at work: "
              + Wording.sessions(workers),
          "Stop it for that moment, in that database: ALTER SUBSCRIPTION ... DISABLE;");
    }
  }

  /** Whoever is connected to it, us apart; the server ends autovacuum by itself. */
  private Stream<Session> processes() {
    return new Preflight(server, database)
        .processes().select().stream()
            .filter(candidate -> candidate.excludedBy() != Exclusion.OWN_SESSION)
            .map(Candidate::session)
            .filter(session -> !AUTOVACUUM.equals(session.backendType()));
  }

  /** A phase that only refuses. */
  private abstract static class Refusing implements Phase<Nothing> {
    @Override
    public final Nothing check() {
      refuse();
      return Nothing.NOTHING;
    }

    abstract void refuse();

    @Override
    public final void run(Nothing plan) {
      // only refuses
    }
  }

  /** Nobody may be connected to a template that is left as it is. */
  private final class NobodyThere extends Refusing {
    @Override
    void refuse() {
      requireNoObstacle();
      List<Session> there = processes().toList();
      if (there.isEmpty()) {
        return;
      }
      String why =
          admission.isProtected(database)
              ? "is protected, so that nobody is ended there"
              : "is not this role's to close and to clear";
      throw new GuardRefusal(
          "database "
              + database.name()
              + " "
              + why
              + ", and it can only be copied while nobody is connected to it: "
              + Wording.sessions(there)
              + "; nothing was touched",
          "Let "
              + Wording.agree(there.size(), "it", "them")
              + " disconnect first, or name another template: -Dpgkill.fromTemplate=...");
    }
  }

  /** What is half migrated is no template. */
  private final class NoMigration extends Refusing {

    private final Sessions sessions;

    NoMigration(Sessions sessions) {
      this.sessions = sessions;
    }

    @Override
    void refuse() {
      requireNoObstacle();
      List<Session> migrating =
          Selection.of(sessions).candidates().stream()
              .filter(Candidate::migrating)
              .map(Candidate::session)
              .toList();
      if (!migrating.isEmpty()) {
        throw new GuardRefusal(
            "database "
                + database.name()
                + " is being migrated, or an index is built in it, so that it is no template now: "
                + Wording.sessions(migrating)
                + "; nothing was touched",
            "Wait for it, or, if it hangs, end it first: mvn pgkill:terminate -Dpgkill.database="
                + database.name()
                + " -Dpgkill.interruptMigrations=true");
      }
    }
  }

  /** A session that is always spared would be in the way. */
  private final class NobodySpared extends Refusing {

    private final SelectSessions selected;

    NobodySpared(SelectSessions selected) {
      this.selected = selected;
    }

    @Override
    void refuse() {
      DropPreflight.requireNobodySpared(selected.first(), database);
    }
  }

  /** The statement. */
  private final class Copying implements Phase<Nothing> {

    private final @Nullable UnfinishedDatabase fresh;
    private final @Nullable Runnable clear;
    private final Journal aside;
    private Stopwatch watch = new Stopwatch();
    private String lastReason = "";

    /**
     * @param fresh what becomes the copy; null where it is only looked at
     * @param clear ends those who slipped in; null where nobody is ended
     * @param aside what became of those who were there
     */
    Copying(@Nullable UnfinishedDatabase fresh, @Nullable Runnable clear, Journal aside) {
      this.fresh = fresh;
      this.clear = clear;
      this.aside = aside;
    }

    @Override
    public Nothing check() {
      return Nothing.NOTHING;
    }

    @Override
    public void run(Nothing plan) {
      if (fresh == null) {
        return;
      }
      // what came before had its own time
      watch = new Stopwatch();
      fresh.create(this::copy);
      long ended = aside.results().stream().filter(result -> result.outcome().ended()).count();
      journal.note(
          "database "
              + database.name()
              + " was copied in "
              + Durations.format(watch.elapsed())
              + "; "
              + Wording.count((int) ended, "session", "was", "were")
              + " ended there for it");
    }

    @Override
    public void end(Nothing plan, Ending ending) {
      if (ending == Ending.INTERRUPTED) {
        cancel();
      }
    }

    private void copy(String sql) {
      Long size = template().size();
      Duration most = size == null ? UNKNOWN : options.timeout().plusSeconds(size / SLOWEST);
      try (Server beside = server.beside()) {
        while (!copied(beside, sql, most)) {
          if (watch.elapsed().compareTo(options.timeout()) > 0) {
            throw new PgkillFailure(
                "the server would not copy database "
                    + database.name()
                    + " within "
                    + Durations.format(options.timeout())
                    + ": "
                    + lastReason,
                "Remove what the server names, or raise -Dpgkill.timeout.");
          }
        }
      }
    }

    /** Tries once. */
    private boolean copied(Server beside, String sql, Duration most) {
      try (TemplateHold hold = new TemplateHold(beside, database)) {
        // only its owner could rename it
        Optional<String> heldUp = clear == null ? Optional.empty() : hold.take(HOLD);
        if (heldUp.isPresent()) {
          awaited(heldUp.get());
          return false;
        }
        new Databases(server).requireSame(database);
        CopyResult result = attempt(sql, most);
        new Databases(server).requireSame(database);
        if (result instanceof CopyResult.NotYet notYet) {
          awaited(notYet.reason());
        }
        if (result instanceof CopyResult.NotYet notYet && notYet.inUse() && clear != null) {
          clear.run();
        }
        if (result instanceof CopyResult.Cancelled) {
          throw cancelled(most);
        }
        return result instanceof CopyResult.Copied;
      }
    }

    private PgkillFailure cancelled(Duration most) {
      return new PgkillFailure(
          "copying database "
              + database.name()
              + " was cancelled after "
              + Durations.format(watch.elapsed())
              + ", and nothing is left of the copy",
          "It may take "
              + Durations.format(most)
              + "; if this server is slower, raise -Dpgkill.timeout.");
    }

    private void awaited(String reason) {
      if (!reason.equals(lastReason)) {
        console.info("database " + database.name() + " is not copied yet: " + reason);
      }
      lastReason = reason;
      Pause.of(AGAIN);
    }

    private CopyResult attempt(String sql, Duration most) {
      ProgressLine progress =
          new ProgressLine("to be copied", "CREATE DATABASE is running", most, console);
      Stopwatch taken = new Stopwatch();
      try (CopyStatement statement = CopyStatement.start(admission.another(), sql, most)) {
        running = statement;
        if (stopped) {
          statement.cancel();
        }
        while (true) {
          Optional<CopyResult> result = statement.await(LOOK);
          if (result.isPresent()) {
            return result.get();
          }
          if (taken.elapsed().compareTo(most) > 0) {
            statement.cancel();
          }
          if (progress.due(taken.elapsed())) {
            progress.at(taken.elapsed(), List.of()).ifPresent(console::progress);
          }
        }
      } finally {
        running = null;
      }
    }
  }
}
