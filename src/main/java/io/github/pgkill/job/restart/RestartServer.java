package io.github.pgkill.job.restart;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.host.command.Programs;
import io.github.pgkill.host.restart.ServiceManagers;
import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.job.backup.BackupFirst;
import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.job.processes.CrashEffects;
import io.github.pgkill.job.words.Stopwatch;
import io.github.pgkill.job.words.Words;
import io.github.pgkill.model.CommandResult;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.GuardRails;
import io.github.pgkill.model.GuardRefusal;
import io.github.pgkill.model.InstanceInfo;
import io.github.pgkill.model.Outcome;
import io.github.pgkill.model.Pause;
import io.github.pgkill.model.PgkillError;
import io.github.pgkill.model.SessionFilter;
import io.github.pgkill.model.SessionResult;
import io.github.pgkill.model.ShutdownMode;
import io.github.pgkill.model.StepResult;
import io.github.pgkill.model.Verdict;
import io.github.pgkill.model.Verdict.Status;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Restarts a server: guard, connect, prove which server it is, ask for consent, run the command,
 * prove that the server did restart.
 */
public final class RestartServer {

  /** A server that another module restarts at this moment answers nobody. */
  private static final Object ONE_AT_A_TIME = new Object();

  private static final Duration LEAVING = Duration.ofSeconds(1);
  private static final Duration LOOK = Duration.ofMillis(50);

  /** Exit codes above it say by which signal a program was ended. */
  private static final int BY_SIGNAL = 128;

  /**
   * What is asked for.
   *
   * @param connection where and as whom
   * @param rails what may be touched
   * @param filter which sessions may end without further consent
   * @param options how
   * @param backup how the database is backed up first; null for not at all
   * @param failIfDatabaseMissing whether a missing database is a failure or a job already done
   */
  public record Request(
      ConnectionSettings connection,
      GuardRails rails,
      SessionFilter filter,
      RestartOptions options,
      @Nullable BackupOptions backup,
      boolean failIfDatabaseMissing) {}

  private final ServiceManagers managers;

  /** What restarts the server; it goes on when the build is interrupted. */
  private final CommandRunner runner;

  private final Console console;
  private final Journal journal;

  public RestartServer(Console console, Journal journal) {
    this(Programs.ofThisBuild(), console, journal);
  }

  RestartServer(Programs programs, Console console, Journal journal) {
    this.runner = CommandRunner.lasting(programs);
    this.managers = new ServiceManagers(programs, new CommandRunner());
    this.console = console;
    this.journal = journal;
  }

  /** Does it. */
  public Termination run(Request request) {
    synchronized (ONE_AT_A_TIME) {
      try (Admission admission =
          Admission.toClear(request.connection(), request.rails(), console, journal)) {
        Optional<DatabaseInfo> database = admission.target(request.failIfDatabaseMissing());
        return database.isPresent()
            ? alone(admission, database.get(), request)
            : Termination.nothing(
                "there is no database "
                    + request.connection().database()
                    + ", so its server was not restarted");
      }
    }
  }

  /** No other goal of this build may be closing or opening the database meanwhile. */
  private Termination alone(Admission admission, DatabaseInfo database, Request request) {
    synchronized (BuildLockouts.mutex(BuildLockouts.key(admission.server().info(), database))) {
      Server server = admission.server();
      InstanceInfo before = new AllSessions(server).instance();
      AffectedSessions affected = look(server, database, request);
      RestartPlan plan =
          RestartPlan.of(managers, request.connection(), request.options(), before, affected.all());
      console.info(plan.proof());
      require(admission, database, request, affected);
      warn(affected, request.options());
      crash(admission, database, request.options());
      BackupFirst backup = new BackupFirst(request.backup(), console, journal);
      if (request.options().dryRun()) {
        backup.rehearse(admission, database);
        return rehearsal(plan, affected);
      }
      List<String> backedUp = backup.run(admission, database);
      if (backup.wanted()) {
        // it may have taken hours
        affected = look(server, database, request);
        require(admission, database, request, affected);
      }
      // our own session must not be what a smart shutdown waits for
      admission.close();
      RestartProof proof = new RestartProof(admission, before, console);
      return finish(plan, affected, request.options(), proof).remarking(backedUp);
    }
  }

  private static void require(
      Admission admission, DatabaseInfo database, Request request, AffectedSessions affected) {
    affected.requireAllowed(admission.server(), request.rails(), database, admission.maxSessions());
    affected.requireConsent(request.options().affectOtherSessions());
  }

  /** What an immediate shutdown takes besides sessions. */
  private void crash(Admission admission, DatabaseInfo database, RestartOptions options) {
    if (options.shutdownMode() != ShutdownMode.IMMEDIATE) {
      return;
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
    console.warn(what);
  }

  /**
   * Sessions whose clients have just left are listed for another moment; nobody is asked for them.
   */
  private static AffectedSessions look(Server server, DatabaseInfo database, Request request) {
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

  private void warn(AffectedSessions affected, RestartOptions options) {
    if (!affected.others().isEmpty()) {
      console.warn("the restart also ends what was not selected: " + affected.words());
    }
    if (options.shutdownMode() == ShutdownMode.SMART && !affected.all().isEmpty()) {
      console.warn(
          "a smart shutdown ends nobody: it waits for "
              + Words.count(affected.all().size(), "session")
              + " to leave");
    }
  }

  private Termination rehearsal(RestartPlan plan, AffectedSessions affected) {
    String command = plan.command().described();
    journal.step(StepResult.planned("restart", StepResult.Kind.COMMAND, command));
    return new Termination(
        List.of(),
        affected.selected(),
        List.of(command),
        Duration.ZERO,
        new Verdict(
            Status.DRY_RUN,
            "dry run: would restart the server, which ends "
                + Words.count(affected.all().size(), "session")
                + "; nothing was changed",
            List.of()),
        null);
  }

  /** For the end of the build: waits, bounded, until a restart that has begun is finished. */
  public static void awaitUnderWay() {
    RestartUnderWay.awaitEnd();
  }

  private Termination finish(
      RestartPlan plan, AffectedSessions affected, RestartOptions options, RestartProof proof) {
    return new RestartUnderWay(
            underWay -> restart(plan, affected, options, proof, underWay),
            options.readyTimeout(),
            plan.startedBy(),
            console)
        .run();
  }

  private Termination restart(
      RestartPlan plan,
      AffectedSessions affected,
      RestartOptions options,
      RestartProof proof,
      RestartUnderWay underWay) {
    Stopwatch watch = new Stopwatch();
    console.info("running " + plan.command().described());
    CommandResult result = runner.run(plan.command());
    journal.step(result.step("restart"));
    boolean brokeOff =
        !result.succeeded()
            && (result.timedOut() || result.exitCode() > BY_SIGNAL || underWay.processEnds());
    RestartProof.Look last =
        brokeOff
            ? new RollForward(plan, proof, runner, console, journal).within(options.readyTimeout())
            : result.succeeded() ? proof.await(options.readyTimeout()) : proof.look();
    if (ended(last, options)) {
      journal.alsoHit(affected.others());
    }
    if (!result.succeeded()) {
      throw broke(result, last, plan, options);
    }
    if (last.sight() != RestartProof.Sight.RESTARTED) {
      throw new PgkillError(
          proof.unproved(last, options.readyTimeout()) + said(result.tail()) + logged(plan),
          remedy(last, plan, options),
          null);
    }
    return restarted(affected, last, watch.elapsed());
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
      CommandResult result, RestartProof.Look now, RestartPlan plan, RestartOptions options) {
    String state =
        switch (now.sight()) {
          case UNCHANGED -> "; the server was not restarted";
          case RESTARTED -> "; the server did restart all the same";
          case IN_RECOVERY -> "; the server did restart: " + now.words();
          case ANOTHER -> "; another server answers now: " + now.words();
          case DOWN -> "; the server is down: " + now.words();
        };
    return new PgkillError(
        result.failure() + state + logged(plan), remedy(now, plan, options), null);
  }

  private static @Nullable String remedy(
      RestartProof.Look last, RestartPlan plan, RestartOptions options) {
    if (last.sight() == RestartProof.Sight.DOWN && options.shutdownMode() == ShutdownMode.SMART) {
      return "A smart shutdown lets nobody in, ends when the last session has left, and nobody starts"
          + " the server then. "
          + plan.startedBy()
          + ". Choose -Dpgkill.shutdownMode=fast next time.";
    }
    return switch (last.sight()) {
      case UNCHANGED -> "Is it the right command for this server? Run it by hand to see.";
      case DOWN -> "Mend what the log says, or raise -Dpgkill.readyTimeout. " + plan.startedBy();
      default -> null;
    };
  }

  private static String said(String output) {
    return output.isBlank() ? "" : "; the command said: " + output.strip();
  }

  private static String logged(RestartPlan plan) {
    List<String> lines = plan.log().news();
    return lines.isEmpty() ? "" : "; the server's log says:\n  " + String.join("\n  ", lines);
  }

  private static Termination restarted(
      AffectedSessions affected, RestartProof.Look look, Duration took) {
    List<SessionResult> results = new ArrayList<>();
    affected
        .selected()
        .forEach(
            session ->
                results.add(
                    new SessionResult(
                        session, new Outcome.Gone(took), false, Duration.ZERO, false)));
    return new Termination(
        results,
        List.of(),
        List.of(),
        took,
        new Verdict(
            Status.SUCCESS,
            "the server restarted in " + Durations.format(took) + " and is " + look.words(),
            List.of()),
        null);
  }
}
