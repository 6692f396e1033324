package io.github.pgkill.job.watch;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.outcome.TerminationOptions;
import io.github.pgkill.job.outcome.Verdicts;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Program;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.sessions.LockQueue;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.postgres.sessions.Waiter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ProgressLine;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Stands by while another program works, and ends the selected sessions that keep it waiting for a
 * lock, until it has its locks.
 */
public final class AwaitLocks {

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param program for whom it is done; its own sessions are never ended
   * @param roles the login roles that the program has, because anybody may call himself so; empty
   *     for the connecting one
   * @param filter which sessions may be ended
   * @param options how; {@code quietPeriod} is how long the program must not wait again
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      Program program,
      List<String> roles,
      SessionFilter filter,
      TerminationOptions options,
      boolean failIfDatabaseMissing) {

    public Request {
      roles = List.copyOf(roles);
    }

    /** The login roles whose waiting counts: those that were named, or who we are. */
    List<String> awaited() {
      return roles.isEmpty()
          ? Stream.of(connection.user(), connection.role())
              .filter(Objects::nonNull)
              .distinct()
              .toList()
          : roles;
    }
  }

  private final Console console;
  private final Journal journal;

  public AwaitLocks(Console console, Journal journal) {
    this.console = console;
    this.journal = journal;
  }

  /** What came of standing by, once the program waits for no lock or the time is over. */
  public Termination run(Request request) {
    try (Admission admission =
        Admission.toClear(request.connection(), request.rails(), console, journal)) {
      Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
      return database.isPresent()
          ? new Watch(admission, database.get(), request, console, journal).run()
          : Termination.nothing(Wording.noDatabase(request.connection().database(), "clear"));
    }
  }

  /** One time of standing by. */
  private static final class Watch {

    private static final Duration POLL = Duration.ofMillis(50);

    private final Sessions sessions;
    private final LockQueue queue;
    private final Request request;
    private final Console console;
    private final Journal journal;
    private final Stopwatch watch = new Stopwatch();
    private final SessionOutcomes outcomes = new SessionOutcomes();
    private final BlockerTermination termination;
    private final ProgressLine progress;

    /** The oids of the awaited roles: what has its name later may be somebody else. */
    private final Set<Long> roles = new HashSet<>();

    private final Set<String> ignored = new HashSet<>();
    private @Nullable Duration lastWait;
    private List<Waiter> waiting = List.of();
    private BlockersSeen seen = BlockersSeen.NONE;

    Watch(
        Admission admission,
        DatabaseInfo database,
        Request request,
        Console console,
        Journal journal) {
      admission.primaryOnly("the locks that are awaited are the primary's");
      this.sessions = Sessions.of(admission.server(), database, request.filter());
      this.queue = new LockQueue(admission.server(), database);
      this.request = request;
      this.console = console;
      this.journal = journal;
      this.termination =
          new BlockerTermination(
              sessions,
              queue,
              request.program(),
              request.options(),
              admission.maxSessions(),
              outcomes,
              watch);
      this.progress =
          new ProgressLine(
              "to end",
              request.program() + " does not wait for a lock, standing by",
              request.options().timeout(),
              console);
    }

    Termination run() {
      sessions.checkPatterns();
      queue.checkPatterns("awaitLocks", request.program());
      findRoles();
      Selection first = Selection.of(sessions);
      first.requireVisible(sessions);
      outcomes.firstSelection(first);
      console.info(
          "standing by while "
              + request.program()
              + " works, as far as it logged in as "
              + String.join(" or ", request.awaited()));
      if (request.options().dryRun()) {
        look();
        return rehearsal();
      }
      while (!over()) {
        Pause.of(POLL);
      }
      return conclude();
    }

    private void findRoles() {
      Map<String, Long> found = queue.oids(request.awaited());
      for (String role : request.awaited()) {
        Long oid = found.get(role);
        if (oid == null) {
          throw new InvalidParameter(
              "awaitRoles",
              "there is no role " + role + " on this server; nothing was touched",
              "Name the roles that the program logs in as, as \\du shows them.");
        }
        roles.add(oid);
      }
    }

    /** One look, and what follows from it; whether that was the last one. */
    private boolean over() {
      look();
      if (!waiting.isEmpty()) {
        termination.end(seen, ids());
      }
      termination.settle();
      Duration now = watch.elapsed();
      if (progress.due(now)) {
        progress.at(now, inTheWay()).ifPresent(console::progress);
      }
      boolean late = now.compareTo(request.options().timeout()) >= 0;
      if (lastWait == null || !waiting.isEmpty()) {
        return late;
      }
      boolean quiet = now.minus(lastWait).compareTo(quietPeriod()) >= 0;
      return quiet && (late || outcomes.pending().isEmpty());
    }

    private void look() {
      List<Waiter> named = queue.sessionsOf(request.program(), roles);
      List<Waiter> program = named.stream().filter(Waiter::ofRoles).toList();
      named.stream().filter(session -> !session.ofRoles()).forEach(this::ignore);
      requireVisible(program);
      List<Waiter> now = program.stream().filter(Waiter::waits).toList();
      if (now.isEmpty()) {
        requireFreed(program);
        waiting = now;
        return;
      }
      lastWait = watch.elapsed();
      waiting = now;
      Map<Integer, Refusal> spared = new HashMap<>();
      named.forEach(
          session ->
              spared.put(
                  session.pid(),
                  new Refusal(
                      Refusal.Cause.EXCLUDED,
                      session.ofRoles()
                          ? "it is of the program itself"
                          : "it calls itself so, and is not of awaitRoles")));
      seen =
          termination.look(
              ids(),
              termination.chain(ids()),
              holder -> Optional.ofNullable(spared.get(holder.pid())));
    }

    /** Told once for each role: its sessions may come and go. */
    private void ignore(Waiter stranger) {
      if (ignored.add(stranger.user())) {
        String remark =
            stranger.described()
                + " is not of awaitRoles ("
                + String.join(", ", request.awaited())
                + "): ignored; so are others of "
                + stranger.user();
        journal.remark(remark);
        console.warn(remark);
      }
    }

    private List<SessionId> ids() {
      return waiting.stream().map(Waiter::id).filter(Objects::nonNull).toList();
    }

    private void requireVisible(List<Waiter> program) {
      List<Waiter> hidden = program.stream().filter(waiter -> waiter.id() == null).toList();
      if (!hidden.isEmpty()) {
        throw new PgkillFailure(
            "the server hides from this role whether "
                + hidden.get(0).described()
                + " waits for a lock; nothing was touched",
            sessions.grantToSee());
      }
    }

    /** Whoever gave up while somebody who was not ended stood in the way, has got no lock. */
    private void requireFreed(List<Waiter> program) {
      Set<SessionId> alive = new HashSet<>();
      program.forEach(waiter -> Optional.ofNullable(waiter.id()).ifPresent(alive::add));
      boolean inTheWay = !seen.spared().isEmpty() || !seen.behindPrepared().isEmpty();
      boolean gaveUp = !waiting.isEmpty() && !alive.containsAll(ids());
      if (gaveUp && inTheWay && seen.victims().isEmpty()) {
        List<Blocker> left = SparedBlockers.of(seen, queue);
        journal.blockers(left);
        journal.results(outcomes.results(Set.of()));
        throw new PgkillFailure(
            waiting.get(0).described()
                + " gave up waiting for a lock whose holders could not be ended: "
                + SparedBlockers.words(left),
            SparedBlockers.remedy(left));
      }
    }

    private Duration quietPeriod() {
      return request.options().quietPeriod(false);
    }

    private List<Session> inTheWay() {
      return waiting.isEmpty() ? outcomes.pendingSessions() : seen.victims();
    }

    private Termination rehearsal() {
      List<Session> victims = seen.victims();
      journal.results(outcomes.results(Set.of()));
      journal.listed(victims);
      victims.stream()
          .flatMap(victim -> victim.id().stream())
          .map(Sessions::statement)
          .forEach(journal::planned);
      return Termination.of(
          journal,
          Verdict.Status.DRY_RUN,
          waiting.isEmpty()
              ? "dry run: no session of " + request.program() + " waits for a lock now"
              : "dry run: would terminate "
                  + Wording.count(victims.size(), "session")
                  + " for which "
                  + waiting.get(0).described()
                  + " waits now; nothing was changed");
    }

    private Termination conclude() {
      outcomes.survived(watch.elapsed());
      List<SessionResult> results = outcomes.results(Set.of());
      journal.results(results);
      boolean freed = waiting.isEmpty();
      List<Blocker> left = freed ? List.of() : SparedBlockers.of(seen, queue);
      journal.blockers(left);
      List<Session> survivors =
          results.stream()
              .filter(result -> result.outcome() instanceof Outcome.Survived)
              .map(SessionResult::session)
              .toList();
      return freed && survivors.isEmpty()
          ? Termination.of(journal, Verdict.Status.SUCCESS, success(results))
          : Termination.failed(
              journal, new NotCleared(failure(left, survivors), remedy(results, left)));
    }

    private String success(List<SessionResult> results) {
      if (lastWait == null) {
        return "no session of "
            + request.program()
            + " waited for a lock within "
            + Durations.format(request.options().timeout())
            + "; nobody was terminated";
      }
      long ended = results.stream().filter(result -> result.outcome().ended()).count();
      return request.program()
          + " has waited for no lock for "
          + Durations.format(quietPeriod())
          + "; "
          + Wording.count((int) ended, "session", "was", "were")
          + " in its way and ended";
    }

    private String failure(List<Blocker> left, List<Session> survivors) {
      String inTheWay =
          left.isEmpty() && !survivors.isEmpty()
              ? Wording.sessions(survivors) + ", signalled and still there"
              : left.isEmpty() ? Wording.sessions(seen.victims()) : SparedBlockers.words(left);
      String waiter = waiting.isEmpty() ? request.program().toString() : waiting.get(0).described();
      return waiter
          + (waiting.isEmpty() ? " waited for a lock of " : " still waits for a lock, held by ")
          + inTheWay;
    }

    private static @Nullable String remedy(List<SessionResult> results, List<Blocker> left) {
      String grant = Verdicts.remedy(results, true);
      return grant == null ? SparedBlockers.remedy(left) : grant;
    }
  }
}
