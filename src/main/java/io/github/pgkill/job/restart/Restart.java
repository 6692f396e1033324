package io.github.pgkill.job.restart;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.command.Programs;
import io.github.pgkill.host.restart.ServiceManagers;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.job.processes.CrashEffects;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Restarts the server that was asked for and proves that it did. What has begun is finished,
 * whatever interrupts the build: a server that was stopped half-way would stay down.
 */
final class Restart implements Phase<Restart.Plan> {

  private static final Duration LEAVING = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(50);

  private final Admission admission;
  private final DatabaseInfo database;
  private final RestartServer.Request request;
  private final ServiceManagers managers;

  /** What restarts the server; it goes on when the build is interrupted. */
  private final CommandRunner runner;

  private final Console console;
  private final Journal journal;
  private final InstanceInfo before;
  private final HostAddress dialled;
  private String summary = "";

  Restart(
      Admission admission,
      DatabaseInfo database,
      RestartServer.Request request,
      Programs programs,
      Console console) {
    this.admission = admission;
    this.database = database;
    this.request = request;
    this.runner = CommandRunner.lasting(programs);
    this.managers = new ServiceManagers(programs, new CommandRunner());
    this.console = console;
    this.journal = admission.journal();
    this.before = new AllSessions(admission.server()).instance();
    this.dialled = admission.server().host();
  }

  /**
   * How, and whom it ends.
   *
   * @param crash what is lost besides sessions; empty for nothing
   */
  record Plan(RestartMethod how, AffectedSessions affected, String crash) {}

  @Override
  public Plan check() {
    AffectedSessions affected = look();
    RestartMethod how = method(affected);
    require(affected);
    return new Plan(how, affected, crash());
  }

  private RestartMethod method(AffectedSessions affected) {
    @Nullable PatroniAccess patroni = request.patroni();
    if (patroni != null && PatroniRestart.isAsked(request.options(), patroni)) {
      return PatroniRestart.of(patroni, request.rails(), before);
    }
    RestartPlan plan =
        RestartPlan.of(
            managers, request.connection(), dialled, request.options(), before, affected.all());
    return new HostRestart(plan, runner, console, journal);
  }

  @Override
  public void say(Plan plan) {
    warn(plan);
    String command = plan.how().described();
    journal.step(StepResult.planned("restart", StepResult.Kind.COMMAND, command));
    journal.planned(command);
    journal.listed(plan.affected().selected());
    summary =
        "dry run: would restart the server, which ends "
            + Wording.count(plan.affected().all().size(), "session")
            + "; nothing was changed";
  }

  @Override
  public void run(Plan plan) {
    warn(plan);
    // our own session must not be what a smart shutdown waits for
    admission.close();
    RestartProof proof = new RestartProof(admission, before, console);
    RestartOptions options = request.options();
    summary =
        new RestartUnderWay(
                underWay -> restart(plan.how(), plan.affected(), options, proof, underWay),
                options.readyTimeout(),
                plan.how().startedBy(),
                console)
            .run();
  }

  /** The verdict: what happened, or would happen in a dry run. */
  String summary() {
    return summary;
  }

  private void require(AffectedSessions affected) {
    affected.requireAllowed(admission.server(), request.rails(), database, admission.maxSessions());
    affected.requireConsent(request.options().affectOtherSessions());
  }

  /** What an immediate shutdown takes besides sessions. */
  private String crash() {
    RestartOptions options = request.options();
    if (options.shutdownMode() != ShutdownMode.IMMEDIATE) {
      return "";
    }
    CrashEffects effects = CrashEffects.foresee(admission, database.name());
    String what =
        "an immediate shutdown is a crash, from which the server recovers when it starts"
            + effects.unloggedWords();
    if (effects.empties() && !options.affectOtherSessions()) {
      throw new GuardRefusal(
          what + "; nothing was touched",
          "If that is acceptable, add -Dpgkill.affectOtherSessions=true; or choose"
              + " -Dpgkill.shutdownMode=fast.");
    }
    return what;
  }

  /**
   * Sessions whose clients have just left are listed for another moment; nobody is asked for them.
   */
  private AffectedSessions look() {
    Server server = admission.server();
    Stopwatch watch = new Stopwatch();
    Sessions sessions = Sessions.of(server, database, request.filter());
    AffectedSessions affected = AffectedSessions.of(server, sessions);
    while (!request.options().affectOtherSessions()
        && affected.needsConsent()
        && watch.elapsed().compareTo(LEAVING) < 0) {
      Pause.of(LOOK);
      affected = AffectedSessions.of(server, sessions);
    }
    return affected;
  }

  private void warn(Plan plan) {
    AffectedSessions affected = plan.affected();
    console.info(plan.how().proof());
    if (!affected.others().isEmpty()) {
      console.warn("the restart also ends what was not selected: " + affected.words());
    }
    if (request.options().shutdownMode() == ShutdownMode.SMART && !affected.all().isEmpty()) {
      console.warn(
          "a smart shutdown ends nobody: it waits for "
              + Wording.count(affected.all().size(), "session")
              + " to leave");
    }
    if (!plan.crash().isEmpty()) {
      console.warn(plan.crash());
    }
  }

  private String restart(
      RestartMethod how,
      AffectedSessions affected,
      RestartOptions options,
      RestartProof proof,
      RestartUnderWay underWay) {
    Stopwatch watch = new Stopwatch();
    console.info("running " + how.described());
    RestartMethod.Attempt attempt = how.attempt(proof, options.readyTimeout());
    journal.step(attempt.step());
    journal.executed(how.described());
    RestartProof.Look last = last(how, attempt, options, proof, underWay);
    if (ended(last, options)) {
      journal.alsoHit(affected.others());
    }
    if (!attempt.succeeded()) {
      throw broke(attempt, last, how, options);
    }
    if (last.sight() != RestartProof.Sight.RESTARTED) {
      throw new PgkillError(
          proof.unproved(last, options.readyTimeout()) + attempt.words() + how.aftermath(),
          remedy(last, how, options),
          null);
    }
    @Nullable String objection = how.objection(last);
    if (objection != null) {
      throw new PgkillError(
          "the server restarted and is " + last.words() + ", but " + objection + how.aftermath(),
          how.startedBy(),
          null);
    }
    return restarted(affected, last, watch.elapsed());
  }

  private static RestartProof.Look last(
      RestartMethod how,
      RestartMethod.Attempt attempt,
      RestartOptions options,
      RestartProof proof,
      RestartUnderWay underWay) {
    boolean brokeOff =
        attempt.end() == RestartMethod.End.BROKE_OFF
            || (!attempt.succeeded() && underWay.processEnds());
    return brokeOff
        ? how.finish(proof, options.readyTimeout())
        : attempt.succeeded() ? proof.await(options.readyTimeout()) : proof.look();
  }

  /** Whether the sessions are gone; a smart shutdown waits for them, whoever asks meanwhile. */
  private static boolean ended(RestartProof.Look last, RestartOptions options) {
    return switch (last.sight()) {
      case RESTARTED, IN_RECOVERY, ANOTHER -> true;
      case UNCHANGED -> false;
      case DOWN -> options.shutdownMode() != ShutdownMode.SMART;
    };
  }

  private static PgkillError broke(
      RestartMethod.Attempt attempt,
      RestartProof.Look now,
      RestartMethod how,
      RestartOptions options) {
    String state =
        switch (now.sight()) {
          case UNCHANGED -> "; the server was not restarted";
          case RESTARTED -> "; the server did restart all the same";
          case IN_RECOVERY -> "; the server did restart: " + now.words();
          case ANOTHER -> "; another server answers now: " + now.words();
          case DOWN -> "; the server is down: " + now.words();
        };
    return new PgkillError(
        attempt.words() + state + how.aftermath(),
        attempt.remedy() != null ? attempt.remedy() : remedy(now, how, options),
        null);
  }

  private static @Nullable String remedy(
      RestartProof.Look last, RestartMethod how, RestartOptions options) {
    if (last.sight() == RestartProof.Sight.DOWN && options.shutdownMode() == ShutdownMode.SMART) {
      return "A smart shutdown lets nobody in, ends when the last session has left, and nobody starts"
          + " the server then. "
          + how.startedBy()
          + ". Choose -Dpgkill.shutdownMode=fast next time.";
    }
    return switch (last.sight()) {
      case UNCHANGED -> "Is it the right command for this server? Run it by hand to see.";
      case DOWN -> "Mend what the log says, or raise -Dpgkill.readyTimeout. " + how.startedBy();
      default -> null;
    };
  }

  private String restarted(AffectedSessions affected, RestartProof.Look look, Duration took) {
    journal.results(
        affected.selected().stream()
            .map(
                session ->
                    new SessionResult(session, new Outcome.Gone(took), false, Duration.ZERO, false))
            .toList());
    return "the server restarted in " + Durations.format(took) + " and is " + look.words();
  }
}
