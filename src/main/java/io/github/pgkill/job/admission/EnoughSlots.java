package io.github.pgkill.job.admission;

import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.instance.FreeSlots;
import io.github.pgkill.report.text.Wording;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Refuses to begin what would break off for want of a connection: the server, the role and the
 * database each have a limit.
 */
public final class EnoughSlots implements Phase<Nothing> {

  private final Server server;
  private final IntSupplier needed;

  /**
   * @param needed how many more connections the goal has at once before anybody is ended
   */
  public EnoughSlots(Admission admission, int needed) {
    this(admission, () -> needed);
  }

  /**
   * @param needed the same, by what the phases before this one found
   */
  public EnoughSlots(Admission admission, IntSupplier needed) {
    this.server = admission.server();
    this.needed = needed;
  }

  @Override
  public Nothing check() {
    int wanted = needed.getAsInt();
    if (wanted > 0) {
      FreeSlots free = FreeSlots.of(server);
      require(wanted, free.server(), "the server (max_connections)", "Let a client go");
      require(wanted, free.role(), "its own limit", "ALTER ROLE ... CONNECTION LIMIT");
      require(
          wanted,
          free.database(),
          "the limit of database " + server.info().connectedTo(),
          "ALTER DATABASE ... CONNECTION LIMIT, another -Dpgkill.maintenanceDatabase");
    }
    return Nothing.NOTHING;
  }

  private static void require(int wanted, @Nullable Integer left, String limit, String mend) {
    if (left != null && left < wanted) {
      throw new PgkillFailure(
          "the goal needs "
              + Wording.count(wanted, "more connection")
              + ", and "
              + limit
              + " leaves "
              + Math.max(0, left)
              + " to the role that logs in; nothing was touched",
          mend + ", or let a superuser log in, for whom slots are reserved.");
    }
  }

  @Override
  public void run(Nothing plan) {
    // only refuses
  }
}
