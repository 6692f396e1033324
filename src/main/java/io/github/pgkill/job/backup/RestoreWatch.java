package io.github.pgkill.job.backup;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.model.server.DatabaseExtent;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.ByteCount;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.database.Databases;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Objects;

/**
 * Looks at a restoration: it moves as long as the database grows or one of its sessions works, as
 * on an index, which may take hours without a word.
 */
final class RestoreWatch implements CommandRunner.Watch {

  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final Duration LINES = Duration.ofSeconds(30);

  private final Server server;
  private final DatabaseInfo database;
  private final Console console;
  private Duration nextLook = LOOK;
  private Duration nextLine = LINES;
  private Duration moved = Duration.ZERO;
  private long seen;

  RestoreWatch(Server server, DatabaseInfo database, Console console) {
    this.server = server;
    this.database = database;
    this.console = console;
  }

  @Override
  public boolean mayGoOn(Duration elapsed) {
    if (elapsed.compareTo(nextLook) >= 0) {
      nextLook = elapsed.plus(LOOK);
      if (moves()) {
        moved = elapsed;
      }
    }
    if (elapsed.compareTo(nextLine) >= 0) {
      nextLine = elapsed.plus(LINES);
      console.info(
          "restoring: "
              + ByteCount.format(seen)
              + " after "
              + Durations.format(elapsed.truncatedTo(ChronoUnit.SECONDS)));
    }
    return elapsed.minus(moved).compareTo(BackupOptions.STALL) < 0;
  }

  private boolean moves() {
    Long size = new Databases(server).extent(database).map(DatabaseExtent::size).orElse(null);
    long now = Objects.requireNonNullElse(size, 0L);
    boolean grew = now != seen;
    seen = now;
    return grew
        || Sessions.of(server, database, SessionFilter.ALL_CLIENTS).select().stream()
            .anyMatch(candidate -> "active".equals(candidate.session().state()));
  }
}
