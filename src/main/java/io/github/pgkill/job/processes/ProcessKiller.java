package io.github.pgkill.job.processes;

import io.github.pgkill.host.process.BackendProcess;
import io.github.pgkill.host.process.Backends;
import io.github.pgkill.host.process.Clocks;
import io.github.pgkill.host.process.Inspected;
import io.github.pgkill.host.process.LocalServer;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.postgres.instance.ServerProcesses;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ProgressLine;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions by signalling their processes. A process is held first and the server asked
 * afterwards whether the session still is the one that was selected: it lived all the time between
 * the selection and that answer, so that what is held is its process and no other's.
 */
public final class ProcessKiller implements Phase<Nothing> {

  private static final Duration POLL = Duration.ofMillis(20);

  /** How long the kernel may take to remove what it has killed. */
  private static final Duration DEATH = Duration.ofSeconds(10);

  /** As the server writes it: {@code 2026-01-31 23:59:59.123456+00}, {@code ...+05:30}. */
  private static final DateTimeFormatter SERVERS =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendOffset("+HH:mm", "+00")
          .toFormatter();

  private final Admission admission;
  private final Sessions sessions;
  private final KillOptions options;
  private final Console console;
  private final Journal journal;
  private @Nullable LocalServer local;
  private @Nullable Backends backends;
  private @Nullable CrashEffects effects;
  private @Nullable GuardRefusal withheld;
  private Runnable afterCrash = () -> {};

  /** One session with its process. */
  private record Held(Session session, SessionId id, BackendProcess process) {}

  public ProcessKiller(
      Admission admission,
      Sessions sessions,
      KillOptions options,
      Console console,
      Journal journal) {
    this.admission = admission;
    this.sessions = sessions;
    this.options = options;
    this.console = console;
    this.journal = journal;
  }

  /**
   * Refuses what must be refused before anybody is touched: a server that is not provably one of
   * this machine's processes, or one that would not come back.
   *
   * @throws PgkillFailure saying why
   */
  @Override
  public Nothing check() {
    InstanceInfo instance = new AllSessions(admission.server()).instance();
    LocalServer proven = LocalServer.answering(instance, options.dataDirectory());
    Backends reached = proven.backends();
    reached.requireSignal(options.signal());
    local = proven;
    backends = reached;
    if (!reached.showTitles()) {
      console.warn(
          "this system does not show the titles of other processes: those of the server are known"
              + " by their parent and by when they began");
    }
    if (options.kills()) {
      if (!instance.restartsAfterCrash()) {
        throw new GuardRefusal(
            "restart_after_crash is off: after a KILL the server would not come back",
            "ALTER SYSTEM SET restart_after_crash = on; SELECT pg_reload_conf(); or"
                + " -Dpgkill.signal=TERM");
      }
      effects = CrashEffects.foresee(admission, sessions.database().name());
    }
    return Nothing.NOTHING;
  }

  /** Signals only when {@link #end} is called for those who survive. */
  @Override
  public void run(Nothing plan) {
    // the phase that ends the sessions comes back for those who survive
  }

  /** Refuses process ids that stand for something else than a backend of this server. */
  public void requireBackends(Collection<Integer> pids) {
    backends().require(pids);
  }

  /** Whether the operating system would let us signal the process behind this session. */
  public boolean reaches(Session session) {
    return session.visible() && backends().inspect(session.pid()) instanceof BackendProcess;
  }

  /** What the victims' end would do to others, in words; empty when nothing. */
  public Optional<String> sideEffects(List<Session> victims) {
    return effects == null || victims.isEmpty()
        ? Optional.empty()
        : Optional.of(effects.words(effects.others(victims)));
  }

  /** Why these may not be ended in the way that was asked for; empty when they may. */
  public Optional<GuardRefusal> refusal(List<Session> victims) {
    boolean asks = effects != null && !options.affectOtherSessions() && !victims.isEmpty();
    return asks ? Objects.requireNonNull(effects).refusal(victims) : Optional.empty();
  }

  /** Why no KILL was sent to those who survived TERM; empty when it was, or was not asked for. */
  public Optional<GuardRefusal> withheld() {
    return Optional.ofNullable(withheld);
  }

  /** What to do when a crash has ended our own session and we are connected anew. */
  public void afterCrash(Runnable work) {
    afterCrash = work;
  }

  /** What one would type to do the same to one session. */
  public List<String> commands(Session victim) {
    String first = BackendProcess.command(ProcessSignal.TERM, victim.pid());
    return options.kills()
        ? List.of(first, BackendProcess.command(ProcessSignal.KILL, victim.pid()))
        : List.of(first);
  }

  /** Signals, waits, and writes down what became of each. */
  public void end(List<Session> victims, SessionOutcomes outcomes, Stopwatch watch) {
    List<Held> held = new ArrayList<>();
    for (Session victim : victims) {
      victim.id().flatMap(id -> hold(victim, id, outcomes)).ifPresent(held::add);
    }
    held.forEach(one -> signal(one, ProcessSignal.TERM, outcomes, watch));
    await(outcomes, watch, options.afterTerm());
    if (options.kills()) {
      Set<SessionId> pending = Set.copyOf(outcomes.pending());
      kill(held.stream().filter(one -> pending.contains(one.id())).toList(), outcomes, watch);
    }
  }

  private Optional<Held> hold(Session session, SessionId id, SessionOutcomes outcomes) {
    Inspected inspected = backends().inspect(session.pid());
    String doubt =
        inspected instanceof Inspected.Stranger stranger
            ? stranger.reason()
            : inspected instanceof BackendProcess process ? doubt(session, id, process) : null;
    if (doubt != null) {
      outcomes.settle(
          session,
          id,
          new Outcome.Refused(
              new Refusal(
                  Refusal.Cause.DOUBTFUL_PROCESS, "its process is not signalled: " + doubt)));
    } else if (inspected instanceof BackendProcess process && sessions.stillSelects(id)) {
      return Optional.of(new Held(session, id, process));
    } else if (sessions.remaining(List.of(id)).isEmpty()) {
      outcomes.settle(session, id, new Outcome.AlreadyGone());
    } else {
      outcomes.settle(session, id, new Outcome.Excluded(Exclusion.NO_LONGER_MATCHES));
    }
    return Optional.empty();
  }

  private static @Nullable String doubt(Session session, SessionId id, BackendProcess process) {
    if (!SessionFilter.CLIENT_BACKEND.equals(session.backendType())) {
      return "it is a " + session.backendType() + ", not a client backend";
    }
    Instant start = OffsetDateTime.parse(id.backendStart(), SERVERS).toInstant();
    if (!Clocks.agree(process.startedAt(), start)) {
      return "it began at " + process.startedAt() + " by this machine's clock";
    }
    String client = String.valueOf(session.client());
    return process
        .title()
        .filter(
            title ->
                !title.fits(
                    String.valueOf(session.user()), String.valueOf(session.database()), client))
        .map(title -> "its title says something else: " + title.text())
        .orElse(null);
  }

  private static void signal(
      Held one, ProcessSignal signal, SessionOutcomes outcomes, Stopwatch watch) {
    signal(one.session(), one.id(), one.process(), signal, outcomes, watch);
  }

  /** Signals the process behind a session and writes down what became of it. */
  public static void signal(
      Session session,
      SessionId id,
      BackendProcess process,
      ProcessSignal signal,
      SessionOutcomes outcomes,
      Stopwatch watch) {
    switch (process.signal(signal)) {
      case SENT -> outcomes.signalled(session, id, watch.elapsed(), signal);
      case GONE -> {
        // whether that is our doing depends on an earlier signal
        if (outcomes.pending().contains(id)) {
          outcomes.gone(List.of(id), Set.of(), watch.elapsed());
        } else {
          outcomes.settle(session, id, new Outcome.AlreadyGone());
        }
      }
      case NOT_PERMITTED ->
          outcomes.settle(
              session,
              id,
              new Outcome.Refused(
                  new Refusal(
                      Refusal.Cause.OPERATING_SYSTEM,
                      "the operating system does not let this user signal its process",
                      LocalServer.AS_ITS_OWNER)));
    }
  }

  private void await(SessionOutcomes outcomes, Stopwatch watch, Duration atMost) {
    ProgressLine progress = new ProgressLine("to end", atMost, console);
    Stopwatch waited = new Stopwatch();
    while (true) {
      List<SessionId> pending = outcomes.pending();
      outcomes.gone(pending, sessions.remaining(pending), watch.elapsed());
      if (outcomes.pending().isEmpty() || waited.elapsed().compareTo(atMost) > 0) {
        return;
      }
      if (progress.due(waited.elapsed())) {
        progress.at(waited.elapsed(), outcomes.pendingSessions()).ifPresent(console::progress);
      }
      Pause.of(POLL);
    }
  }

  private void kill(List<Held> left, SessionOutcomes outcomes, Stopwatch watch) {
    // all are asked about first: when the first one dies, the server answers no more
    List<Held> sure = left.stream().filter(one -> sessions.stillSelects(one.id())).toList();
    if (sure.isEmpty()) {
      await(outcomes, watch, options.timeout());
      return;
    }
    List<Session> victims = sure.stream().map(Held::session).toList();
    withheld = refusal(victims).orElse(null);
    if (withheld != null) {
      return;
    }
    CrashEffects known = Objects.requireNonNull(effects, "prepared");
    List<Session> others = known.others(victims);
    String before = new ServerProcesses(admission.server()).checkpointerStart();
    console.warn(
        Wording.count(victims.size(), "process")
            + " did not obey TERM: "
            + Wording.sessions(victims)
            + ". "
            + known.words(others));
    sure.forEach(one -> signal(one, ProcessSignal.KILL, outcomes, watch));
    List<Held> killed = sure.stream().filter(one -> outcomes.pending().contains(one.id())).toList();
    if (!killed.isEmpty()) {
      journal.alsoHit(others);
      awaitDeath(killed);
      awaitRecovery(before, outcomes.pending());
      afterCrash.run();
    }
    await(outcomes, watch, options.timeout());
  }

  private static void awaitDeath(List<Held> killed) {
    Stopwatch waited = new Stopwatch();
    while (killed.stream().anyMatch(one -> one.process().alive())
        && waited.elapsed().compareTo(DEATH) < 0) {
      Pause.of(POLL);
    }
  }

  /** Until a session of ours says that the server has begun anew. */
  private void awaitRecovery(@Nullable String checkpointerBefore, List<SessionId> killed) {
    console.info(
        "waiting for the server to recover, at most " + Durations.format(options.readyTimeout()));
    Stopwatch waited = new Stopwatch();
    PgkillException last = null;
    while (waited.elapsed().compareTo(options.readyTimeout()) < 0) {
      try {
        admission.server().reconnect(options.readyTimeout().minus(waited.elapsed()));
        if (recovered(checkpointerBefore, killed)) {
          console.info(
              "the server has recovered and accepts connections again, after "
                  + Durations.format(waited.elapsed()));
          return;
        }
      } catch (AnotherServer e) {
        throw e;
      } catch (PgkillError | PgkillFailure e) {
        last = e;
      }
      Pause.of(POLL);
    }
    throw new PgkillError(
        "after a KILL the server did not accept connections again within "
            + Durations.format(options.readyTimeout())
            + (Objects.requireNonNull(local).postmaster().alive() ? "" : ": its process is gone"),
        "Look at the server's log; -Dpgkill.readyTimeout=... waits longer for its recovery.",
        last);
  }

  private boolean recovered(@Nullable String checkpointerBefore, List<SessionId> killed) {
    if (checkpointerBefore == null) {
      return sessions.remaining(killed).isEmpty();
    }
    String now = new ServerProcesses(admission.server()).checkpointerStart();
    return now != null && !now.equals(checkpointerBefore);
  }

  private Backends backends() {
    return Objects.requireNonNull(backends, "checked first");
  }
}
