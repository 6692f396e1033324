package io.github.pgkill.postgres.core;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.Unreachable;
import io.github.pgkill.model.value.Durations;
import java.sql.SQLException;
import java.time.Duration;
import java.util.function.Consumer;

/** The wait for a server that is starting: what is seen meanwhile, and when it is enough. */
final class ServerWait {

  private static final Duration TELL = Duration.ofSeconds(10);

  private final ConnectionSettings settings;
  private final Consumer<String> listener;
  private final long began = System.nanoTime();
  private Duration toldNext = Duration.ZERO;

  ServerWait(ConnectionSettings settings, Consumer<String> listener) {
    this.settings = settings;
    this.listener = listener;
  }

  /**
   * Judges an attempt that failed: returns where the next one may succeed.
   *
   * @param took how long the attempt took
   * @throws PgkillException what it failed with, when that does not pass or the time is up
   */
  void after(SQLException e, Duration took) {
    PgkillException seen = ConnectFailures.explain(e, settings, took);
    if (settings.waitForServer().isZero() || !ConnectFailures.mayPass(e, settings, took)) {
      throw seen;
    }
    Duration waited = waited();
    if (waited.compareTo(settings.waitForServer()) >= 0) {
      throw inVain(seen, e);
    }
    if (waited.compareTo(toldNext) >= 0) {
      listener.accept(
          "waiting for "
              + settings.server()
              + ", "
              + Durations.format(waited)
              + " of "
              + Durations.format(settings.waitForServer())
              + " (waitForServer): "
              + seen.getMessage());
      toldNext = waited.plus(TELL);
    }
  }

  /** The server let us in. */
  void over() {
    if (!toldNext.isZero()) {
      listener.accept(settings.server() + " is there after " + Durations.format(waited()));
    }
  }

  private PgkillException inVain(PgkillException seen, SQLException e) {
    String what =
        "waited "
            + Durations.format(settings.waitForServer())
            + " for "
            + settings.server()
            + " in vain (waitForServer), and saw last: "
            + seen.getMessage();
    String remedy = seen.remedy().orElse(null);
    return seen instanceof Unreachable
        ? new Unreachable(what, remedy, e)
        : new PgkillError(what, remedy, e);
  }

  private Duration waited() {
    return Duration.ofNanos(System.nanoTime() - began);
  }
}
