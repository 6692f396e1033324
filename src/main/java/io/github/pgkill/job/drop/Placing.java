package io.github.pgkill.job.drop;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.database.UnfinishedDatabase;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Tries to give a new database its place until nobody is in the way, and tells who is. */
final class Placing {

  /** How long one attempt waits for a lock before it tells for whom. */
  private static final Duration LOCK = Duration.ofSeconds(1);

  private final Duration timeout;
  private final Console console;

  Placing(Duration timeout, Console console) {
    this.timeout = timeout;
    this.console = console;
  }

  /**
   * Tries.
   *
   * @param rename what is to be renamed, to continue a sentence
   * @param place what it has to wait for, in a word or two
   * @param meanwhile what is done after an attempt that failed
   * @param left what else is in the way when the time is over, to end a sentence
   * @throws PgkillFailure when somebody is in the way for longer than the timeout
   */
  void run(
      UnfinishedDatabase fresh,
      String rename,
      String place,
      Runnable meanwhile,
      Supplier<String> left) {
    Stopwatch watch = new Stopwatch();
    String said = "";
    Optional<String> heldUp = fresh.place(LOCK);
    while (heldUp.isPresent()) {
      if (watch.elapsed().compareTo(timeout) > 0) {
        throw new PgkillFailure(
            "the server would not rename "
                + rename
                + " within "
                + Durations.format(timeout)
                + ": "
                + heldUp.get()
                + left.get(),
            "Remove what the server names, or raise -Dpgkill.timeout.");
      }
      if (!said.equals(heldUp.get())) {
        console.info("the new database has to wait for " + place + ": " + heldUp.get());
      }
      said = heldUp.get();
      meanwhile.run();
      heldUp = fresh.place(LOCK);
    }
  }
}
