package io.github.pgkill.job.restart;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Brings a restart whose command broke off half-way to its end: what the command began may go on by
 * itself, as systemd's jobs do, and a server that is down and comes up no more is started by what
 * owns it.
 */
final class RollForward {

  private static final Duration LOOK = Duration.ofMillis(200);

  /** A server that was told to stop and still answers after so long was not told. */
  private static final Duration SETTLED = Duration.ofSeconds(2);

  /** How long what the user's own command began may go on when the command is gone. */
  private static final Duration OUT_OF_OUR_HANDS = Duration.ofSeconds(10);

  private static final int MOST_STARTS = 3;

  private final RestartPlan plan;
  private final RestartProof proof;
  private final CommandRunner runner;
  private final Console console;
  private final Journal journal;

  private final Stopwatch watch = new Stopwatch();
  private @Nullable Duration unchangedSince;
  private int starts;

  RollForward(
      RestartPlan plan,
      RestartProof proof,
      CommandRunner runner,
      Console console,
      Journal journal) {
    this.plan = plan;
    this.proof = proof;
    this.runner = runner;
    this.console = console;
    this.journal = journal;
  }

  /** Brings the server up and returns the last look at it. */
  RestartProof.Look within(Duration readyTimeout) {
    Duration most =
        plan.start().isPresent() ? readyTimeout : Pause.shorter(readyTimeout, OUT_OF_OUR_HANDS);
    RestartProof.Look look = proof.look();
    while (look.open() && !settled(look) && watch.elapsed().compareTo(most) < 0) {
      if (look.sight() == RestartProof.Sight.DOWN && !plan.lives()) {
        plan.start().ifPresent(this::start);
      }
      Pause.of(LOOK);
      look = proof.look();
    }
    return look;
  }

  private boolean settled(RestartProof.Look look) {
    if (look.sight() != RestartProof.Sight.UNCHANGED) {
      unchangedSince = null;
      return false;
    }
    Duration now = watch.elapsed();
    Duration since = unchangedSince == null ? now : unchangedSince;
    unchangedSince = since;
    return now.minus(since).compareTo(SETTLED) >= 0;
  }

  private void start(HostCommand command) {
    if (starts++ >= MOST_STARTS) {
      return;
    }
    console.warn(
        "the restart broke off half-way and the server is down; running " + command.described());
    CommandResult result = runner.run(command);
    journal.step(result.step("start"));
    if (!result.succeeded()) {
      console.warn(result.failure());
    }
  }
}
