package io.github.pgkill.job.restart;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.ProvenRestarts;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.AllSessions;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Asks the server whether it did restart, and whether it is the same as before. */
final class RestartProof {

  private static final Duration LOOK = Duration.ofMillis(200);
  private static final Duration TELL = Duration.ofSeconds(5);

  private final Admission admission;
  private final InstanceInfo before;
  private final Console console;

  RestartProof(Admission admission, InstanceInfo before, Console console) {
    this.admission = admission;
    this.before = before;
    this.console = console;
  }

  /** What one look shows. */
  enum Sight {
    RESTARTED,
    /** The old server answers. */
    UNCHANGED,
    /** It restarted, and is a standby now. */
    IN_RECOVERY,
    /** Something else answers in its place. */
    ANOTHER,
    /** Nobody answers, or not yet. */
    DOWN
  }

  /**
   * One look.
   *
   * @param sight what it shows
   * @param words what the server said, or why it said nothing
   * @param seen what answered; null where nobody did
   */
  record Look(Sight sight, String words, @Nullable InstanceInfo seen) {

    /** Whether the next look may show something else. */
    boolean open() {
      return sight != Sight.RESTARTED && sight != Sight.ANOTHER;
    }
  }

  /** Looks until it is proved, or cannot be any more, or that time is over. */
  Look await(Duration readyTimeout) {
    Stopwatch watch = new Stopwatch();
    Duration told = Duration.ZERO;
    Look look = look();
    while (look.open() && watch.elapsed().compareTo(readyTimeout) < 0) {
      if (watch.elapsed().minus(told).compareTo(TELL) >= 0) {
        told = watch.elapsed();
        console.info("waiting for the server to be there again: " + look.words());
      }
      Pause.of(LOOK);
      look = look();
    }
    return look;
  }

  /** Looks once. */
  Look look() {
    try (Server server = Admission.look(admission.settings(), admission.plan())) {
      Look look = judge(new AllSessions(server).instance());
      if (look.sight() == Sight.RESTARTED) {
        ProvenRestarts.add(admission.server().info(), server.info());
      }
      return look;
    } catch (PgkillException e) {
      return new Look(Sight.DOWN, String.valueOf(e.getMessage()), null);
    }
  }

  private Look judge(InstanceInfo now) {
    boolean another =
        before.systemIdentifier() != null
            && !before.systemIdentifier().equals(now.systemIdentifier());
    boolean unchanged = now.startedAt().equals(before.startedAt());
    if (another || (!unchanged && now.startedAt().isBefore(admittedAt()))) {
      return new Look(
          Sight.ANOTHER,
          "system identifier "
              + now.systemIdentifier()
              + ", started at "
              + now.startedAt()
              + "; before it was "
              + before.systemIdentifier()
              + ", started at "
              + before.startedAt(),
          now);
    }
    if (unchanged) {
      return new Look(Sight.UNCHANGED, "the server has been up since " + now.startedAt(), now);
    }
    return now.standby() == before.standby()
        ? new Look(Sight.RESTARTED, "up since " + now.startedAt(), now)
        : new Look(Sight.IN_RECOVERY, "it was a primary and is in recovery now", now);
  }

  /**
   * When we were let in, by the server's clock. What started before that and not when ours did is a
   * clone that was there all the time.
   */
  private Instant admittedAt() {
    return before.startedAt().plus(admission.server().info().upTime());
  }

  /** What could not be proved, in words. */
  String unproved(Look last, Duration readyTimeout) {
    return switch (last.sight()) {
      case UNCHANGED -> "the command succeeded, but nothing restarted: " + last.words();
      case ANOTHER -> "another server answers now: " + last.words();
      case IN_RECOVERY -> "the server restarted, but " + last.words();
      default ->
          "the server is not there again after "
              + Durations.format(readyTimeout)
              + ": "
              + last.words();
    };
  }
}
