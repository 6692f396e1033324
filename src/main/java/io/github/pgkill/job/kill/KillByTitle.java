package io.github.pgkill.job.kill;

import io.github.pgkill.host.process.BackendProcess;
import io.github.pgkill.host.process.Backends;
import io.github.pgkill.host.process.LocalServer;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.admission.HostGuard;
import io.github.pgkill.job.outcome.NotCleared;
import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.job.outcome.Verdicts;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.processes.KillOptions;
import io.github.pgkill.job.processes.ProcessKiller;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.Node;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.ListedSession;
import io.github.pgkill.model.sessions.ProcessSignal;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.console.ProgressLine;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ends sessions of a server that lets nobody in any more: the data directory says which server, the
 * titles of its processes who is connected to what. A title that can be read in two ways is
 * nobody's whom we may signal.
 */
final class KillByTitle implements Phase<KillByTitle.Plan> {

  private static final Duration POLL = Duration.ofMillis(20);

  private final Console console;
  private final Journal journal;
  private final KillProcesses.Request request;
  private final Unreachable why;
  private final ConnectionSettings settings;
  private final KillOptions options;
  private final SessionOutcomes outcomes = new SessionOutcomes();
  private final Stopwatch watch = new Stopwatch();
  private final TitledSessions titled;

  KillByTitle(Console console, Journal journal, KillProcesses.Request request, Unreachable why) {
    this.console = console;
    this.journal = journal;
    this.request = request;
    this.why = why;
    this.settings = request.connection();
    this.options = request.options();
    this.titled = new TitledSessions(settings.database(), request.filter());
  }

  /**
   * Who is to end, and of which server.
   *
   * @param dial where the server answers once it has recovered
   */
  record Plan(DialPlan dial, LocalServer local, Backends backends, Selection first) {}

  @Override
  public Plan check() {
    // the name of the database and the host have been guarded before the connection was tried
    DialPlan dial = new HostGuard().check(settings, request.rails());
    if (!dial.local()) {
      throw why;
    }
    LocalServer local = local();
    Backends backends = backends(local);
    titled.requireAnswerable(why);
    backends.require(request.filter().pids());
    List<BackendProcess> all = backends.all();
    Selection first = titled.select(node(local), all);
    journal.foreseen(
        first.candidates().stream()
            .map(one -> new ListedSession(one.session(), titled.spared(one).orElse(null)))
            .toList());
    Integer most = request.rails().maxSessions();
    Selection.requireAtMost(first.victims().size(), most == null ? Integer.MAX_VALUE : most);
    requireConsent(first, titled.besides(node(local), all, first.victims()));
    return new Plan(dial, local, backends, first);
  }

  @Override
  public void say(Plan plan) {
    begin(plan);
    List<Session> victims = plan.first().victims();
    for (Session victim : victims) {
      journal.planned(BackendProcess.command(ProcessSignal.TERM, victim.pid()));
      if (options.kills()) {
        journal.planned(BackendProcess.command(ProcessSignal.KILL, victim.pid()));
      }
    }
    journal.results(outcomes.results(Set.of()));
    journal.listed(victims);
  }

  @Override
  public void run(Plan plan) {
    begin(plan);
    journal.listed(List.of());
    end(plan);
    conclude();
  }

  private void begin(Plan plan) {
    tellWhatIsNotSeen(plan.local());
    outcomes.firstSelection(plan.first());
    plan.first().candidates().forEach(this::settleSpared);
  }

  private LocalServer local() {
    if (options.dataDirectory() == null) {
      throw new Unreachable(
          String.valueOf(why.getMessage()),
          why.remedy().map(remedy -> remedy + " ").orElse("")
              + "Without a connection, -Dpgkill.dataDirectory=... names the server, and its"
              + " processes are chosen by pids or by their titles.",
          why);
    }
    LocalServer local = LocalServer.in(options.dataDirectory());
    if (settings.hosts().stream().noneMatch(host -> host.port() == local.port())) {
      throw new GuardRefusal(
          "the server in data directory "
              + local.dataDirectory()
              + " listens on port "
              + local.port()
              + ", the one in the URL is "
              + settings.server(),
          "Name the same server by -Dpgkill.url and -Dpgkill.dataDirectory.");
    }
    return local;
  }

  private Backends backends(LocalServer local) {
    Backends backends = local.backends();
    backends.requireSignal(options.signal());
    if (!backends.showTitles()) {
      throw new PgkillFailure(
          "no connection ("
              + why.getMessage()
              + "), and this system does not show the titles of"
              + " the server's processes, so that nothing says who is who",
          why.remedy().orElse(null),
          why);
    }
    return backends;
  }

  /** The one of the hosts, all of them this machine, whose port is that server's. */
  private Node node(LocalServer local) {
    return settings.node(
        settings.hosts().stream()
            .filter(host -> host.port() == local.port())
            .findFirst()
            .orElseThrow());
  }

  private void tellWhatIsNotSeen(LocalServer local) {
    console.warn(
        "no connection to the server: "
            + why.getMessage()
            + ". Going by the titles of the processes of pid "
            + local.postmaster().pid()
            + " in "
            + local.dataDirectory()
            + "; what only the server knows is not seen: application names, so that backup tools"
            + " are not spared, and whether an administrator protects the database");
  }

  private void settleSpared(Candidate candidate) {
    SessionId id = candidate.session().id().orElseThrow();
    titled
        .spared(candidate)
        .ifPresent(outcome -> outcomes.settle(candidate.session(), id, outcome));
  }

  private void requireConsent(Selection first, List<Session> others) {
    if (options.kills() && !options.affectOtherSessions() && !first.victims().isEmpty()) {
      throw new GuardRefusal(
          effects(others) + "; nothing was touched",
          "If that is acceptable, add -Dpgkill.affectOtherSessions=true; -Dpgkill.signal=TERM ends"
              + " nobody else.");
    }
  }

  private static String effects(List<Session> others) {
    return "KILL makes the server end every session and recover: "
        + Wording.count(others.size(), "other session")
        + " would end, all unlogged tables will be empty, and nothing says whether"
        + " restart_after_crash is on";
  }

  private void end(Plan plan) {
    Backends backends = plan.backends();
    plan.first().victims().forEach(victim -> signal(victim, ProcessSignal.TERM));
    await(options.afterTerm());
    List<Session> left = outcomes.pendingSessions();
    if (!options.kills() || left.isEmpty()) {
      return;
    }
    Optional<Instant> before = backends.checkpointerStart();
    List<Session> others = titled.besides(node(plan.local()), backends.all(), left);
    console.warn(
        Wording.count(left.size(), "process")
            + " did not obey TERM: "
            + Wording.sessions(left)
            + ". "
            + effects(others));
    if (killAny(left)) {
      journal.alsoHit(others);
      await(options.timeout());
      awaitRecovery(plan, before);
      settleRefusedThatEnded();
    }
  }

  private boolean killAny(List<Session> left) {
    left.forEach(victim -> signal(victim, ProcessSignal.KILL));
    return !outcomes.pending().isEmpty();
  }

  private void signal(Session victim, ProcessSignal signal) {
    SessionId id = victim.id().orElseThrow();
    ProcessKiller.signal(victim, id, titled.process(id), signal, outcomes, watch);
  }

  private void await(Duration atMost) {
    ProgressLine progress = new ProgressLine("to end", atMost, console);
    Stopwatch waited = new Stopwatch();
    while (true) {
      List<SessionId> pending = outcomes.pending();
      outcomes.gone(pending, alive(pending), watch.elapsed());
      if (outcomes.pending().isEmpty() || waited.elapsed().compareTo(atMost) > 0) {
        return;
      }
      progress.at(waited.elapsed(), outcomes.pendingSessions()).ifPresent(console::progress);
      Pause.of(POLL);
    }
  }

  private Set<SessionId> alive(List<SessionId> ids) {
    return ids.stream().filter(id -> titled.process(id).alive()).collect(Collectors.toSet());
  }

  /** A KILL ends those, too, whose titles nobody could read. */
  private void settleRefusedThatEnded() {
    outcomes.endedByThemselves(alive(outcomes.refused()), Set.of());
  }

  private void awaitRecovery(Plan plan, Optional<Instant> before) {
    console.info(
        "waiting for the server to recover, at most " + Durations.format(options.readyTimeout()));
    Stopwatch waited = new Stopwatch();
    @Nullable PgkillError last = null;
    while (plan.local().postmaster().alive()
        && waited.elapsed().compareTo(options.readyTimeout()) < 0) {
      Optional<Instant> now = plan.backends().checkpointerStart();
      if (now.isPresent() && !now.equals(before)) {
        try (Server server = Admission.look(settings, plan.dial())) {
          console.info("the server has recovered: PostgreSQL " + server.info().version());
          return;
        } catch (Unreachable e) {
          if (e.slotsTaken()) {
            console.info("the server has recovered, and all its slots are taken again");
            return;
          }
          last = e;
        } catch (PgkillFailure e) {
          console.info("the server has recovered, and refuses this role: " + e.getMessage());
          return;
        }
      }
      Pause.of(POLL);
    }
    throw new PgkillError(
        plan.local().postmaster().alive()
            ? "after a KILL the server did not accept connections again within "
                + Durations.format(options.readyTimeout())
            : "after a KILL the server did not come back: its process is gone",
        "Look at the server's log; -Dpgkill.readyTimeout=... waits longer for its recovery.",
        last);
  }

  private void conclude() {
    outcomes.survived(watch.elapsed());
    List<SessionResult> results = outcomes.results(Set.of());
    journal.results(results);
    Verdict verdict =
        new Verdicts(settings.database(), KillProcesses.options(request))
            .of(results, true, Duration.ZERO, 0, 0);
    verdict.remarks().forEach(journal::remark);
    if (verdict.status() != Verdict.Status.SUCCESS) {
      throw new NotCleared(verdict.summary(), Verdicts.remedy(results, true));
    }
  }
}
