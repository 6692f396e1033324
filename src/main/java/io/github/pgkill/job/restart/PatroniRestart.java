package io.github.pgkill.job.restart;

import io.github.pgkill.job.patroni.PatroniCluster;
import io.github.pgkill.job.patroni.ProvenLeader;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.host.RestartWith;
import io.github.pgkill.model.host.ShutdownMode;
import io.github.pgkill.model.host.StepResult;
import io.github.pgkill.model.patroni.PatroniAccess;
import io.github.pgkill.model.patroni.RestartAnswer;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.text.PlainText;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.patroni.RestartCall;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A restart by Patroni, which keeps the server as the leader of a cluster and would take any other
 * for a failure. It is asked once and never again: a second restart would be another one.
 */
final class PatroniRestart implements RestartMethod {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** A server that still answers after so long was not told to restart. */
  private static final Duration SETTLED = Duration.ofSeconds(2);

  /** What Patroni does when the server is up, before it answers and calls it the leader. */
  private static final Duration LEADING = Duration.ofSeconds(10);

  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int CONFLICT = 409;

  /** From here on an answer may come of a restart that was begun. */
  private static final int BEGUN = 500;

  private final ProvenLeader leader;

  private PatroniRestart(ProvenLeader leader) {
    this.leader = leader;
  }

  /** Whether Patroni is to restart it. */
  static boolean isAsked(RestartOptions options, @Nullable PatroniAccess access) {
    return options.with() == RestartWith.PATRONI
        || (options.with() == RestartWith.AUTO && access != null);
  }

  /** Refuses what cannot be done with Patroni, before anybody is contacted. */
  static void requirePossible(RestartOptions options, @Nullable PatroniAccess access) {
    if (!isAsked(options, access)) {
      return;
    }
    if (access == null) {
      throw new InvalidParameter(
          "patroni",
          "restartWith=patroni needs to know where Patroni's REST is",
          "Name it: -Dpgkill.patroni=http://host:8008");
    }
    if (options.shutdownMode() != ShutdownMode.FAST) {
      throw new InvalidParameter(
          "shutdownMode",
          "Patroni knows none but fast",
          "Leave it out, or restart with another -Dpgkill.restartWith.");
    }
    if (options.sudo() || options.serviceName() != null) {
      throw new InvalidParameter(
          options.sudo() ? "sudo" : "serviceName",
          "Patroni restarts the server, and no program of this machine",
          "Leave it out, or restart with another -Dpgkill.restartWith.");
    }
  }

  /** Proves that the leader which Patroni would restart is the server that we see. */
  static PatroniRestart of(PatroniAccess access, GuardRails rails, InstanceInfo server) {
    return new PatroniRestart(ProvenLeader.of(new PatroniCluster(access, rails), server));
  }

  @Override
  public String proof() {
    return "the server is the leader of Patroni's cluster, " + leader.described();
  }

  @Override
  public String described() {
    return leader.request();
  }

  @Override
  public String startedBy() {
    return "Patroni starts it again or has another one lead: see patronictl list";
  }

  @Override
  public Attempt attempt(RestartProof proof, Duration readyTimeout) {
    Stopwatch watch = new Stopwatch();
    RestartCall call = leader.restart(readyTimeout);
    try {
      Optional<RestartAnswer> answer = call.answer();
      boolean restarted = false;
      while (answer.isEmpty() && !restarted && watch.elapsed().compareTo(readyTimeout) < 0) {
        Pause.of(LOOK);
        restarted = proof.look().sight() == RestartProof.Sight.RESTARTED;
        answer = call.answer();
      }
      if (restarted) {
        answer = awaited(call);
      }
      return judged(answer, restarted, watch.elapsed());
    } finally {
      call.abandon();
    }
  }

  /** It answers a moment after the server is up, and is busy with the restart until then. */
  private static Optional<RestartAnswer> awaited(RestartCall call) {
    Stopwatch watch = new Stopwatch();
    Optional<RestartAnswer> answer = call.answer();
    while (answer.isEmpty() && watch.elapsed().compareTo(LEADING) < 0) {
      Pause.of(LOOK);
      answer = call.answer();
    }
    return answer;
  }

  private Attempt judged(Optional<RestartAnswer> answer, boolean restarted, Duration took) {
    boolean given = answer.filter(RestartAnswer::given).isPresent();
    if (answer.filter(RestartAnswer::done).isPresent() || (restarted && !given)) {
      return new Attempt(step(StepResult.Status.DONE, answer, took), End.DONE, "", null);
    }
    StepResult step = step(StepResult.Status.FAILED, answer, took);
    if (answer.isEmpty()) {
      return new Attempt(
          step,
          End.BROKE_OFF,
          "Patroni did not answer " + described() + " within " + Durations.format(took),
          null);
    }
    RestartAnswer no = answer.get();
    String said = no.said().isBlank() ? "" : ": " + PlainText.joined(no.said());
    return no.given()
        ? new Attempt(
            step,
            no.status() < BEGUN ? End.REFUSED : End.BROKE_OFF,
            "Patroni answered " + described() + " with HTTP status " + no.status() + said,
            remedy(no.status()))
        : new Attempt(
            step, End.BROKE_OFF, "the connection for " + described() + " was lost" + said, null);
  }

  private StepResult step(StepResult.Status status, Optional<RestartAnswer> answer, Duration took) {
    return new StepResult(
        "restart",
        StepResult.Kind.COMMAND,
        described(),
        status,
        took,
        null,
        answer.map(RestartAnswer::said).orElse(""));
  }

  private static @Nullable String remedy(int status) {
    return switch (status) {
      case UNAUTHORIZED, FORBIDDEN ->
          "Put the user and password of its REST (restapi.authentication) into settings.xml, and"
              + " name that server: -Dpgkill.patroniServerId=ID";
      case CONFLICT -> "A restart is scheduled: wait for it, or drop it with patronictl flush.";
      case BEGUN, 503 ->
          "See patronictl list and Patroni's log: is a restart or another job under way there?";
      default -> "Is it a Patroni, and does whatever is in front of it let POST through?";
    };
  }

  @Override
  public RestartProof.Look finish(RestartProof proof, Duration readyTimeout) {
    Stopwatch watch = new Stopwatch();
    Stopwatch unchanged = new Stopwatch();
    RestartProof.Look look = proof.look();
    while (look.open()
        && unchanged.elapsed().compareTo(SETTLED) < 0
        && watch.elapsed().compareTo(readyTimeout) < 0
        && leader.successor().isEmpty()) {
      Pause.of(LOOK);
      look = proof.look();
      if (look.sight() != RestartProof.Sight.UNCHANGED) {
        unchanged = new Stopwatch();
      }
    }
    return look;
  }

  @Override
  public @Nullable String objection(RestartProof.Look restarted) {
    Stopwatch watch = new Stopwatch();
    InstanceInfo seen = restarted.seen();
    while (seen != null && watch.elapsed().compareTo(LEADING) < 0) {
      if (leader.leads(seen)) {
        return null;
      }
      Pause.of(LOOK);
    }
    return "Patroni does not call it the leader";
  }

  @Override
  public String aftermath() {
    return leader.successor().map(now -> "; the leader is " + now + " now").orElse("");
  }
}
