package io.github.pgkill.job.diagnose;

import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.HeldLocks;
import io.github.pgkill.postgres.diagnose.Preflight;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Who has something of the database locked, and whether that stops what is intended. */
final class LocksFound {

  private final Map<Integer, HeldLocks> processes = new HashMap<>();
  private final Map<String, HeldLocks> prepared = new HashMap<>();

  private LocksFound() {}

  /**
   * Asks.
   *
   * @param server best a connection to the database itself, where tables have names
   */
  static LocksFound in(Server server, DatabaseInfo database) {
    LocksFound found = new LocksFound();
    for (HeldLocks locks : new Preflight(server, database).locks()) {
      if (locks.pid() != null) {
        found.processes.put(locks.pid(), locks);
      } else if (locks.gid() != null) {
        found.prepared.put(locks.gid(), locks);
      }
    }
    return found;
  }

  Map<Integer, HeldLocks> processes() {
    return processes;
  }

  @Nullable HeldLocks of(int pid) {
    return processes.get(pid);
  }

  @Nullable HeldLocks of(String gid) {
    return prepared.get(gid);
  }

  /** Whether statements inside the database would wait for these. */
  static boolean stop(Intent intent, @Nullable HeldLocks locks) {
    if (locks == null) {
      return false;
    }
    return switch (intent) {
      case CLEAN -> locks.inside();
      case ALTER -> locks.tables() > 0;
      case DROP -> !locks.database().isEmpty();
      case TEMPLATE -> locks.stopsCopying();
      case RESTART -> false;
    };
  }

  /** What is said of them behind the name of their holder. */
  static String described(@Nullable HeldLocks locks) {
    return locks == null || !locks.inside() ? "" : ", " + Objects.requireNonNull(locks).described();
  }
}
