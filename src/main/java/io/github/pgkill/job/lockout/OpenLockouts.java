package io.github.pgkill.job.lockout;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.report.text.LockoutWording;
import io.github.pgkill.report.text.LockoutWording.Closer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The databases of a server that builds have closed and not opened yet, in words. */
public final class OpenLockouts {

  /** A server full of them is not told in full. */
  private static final int NAMED = 10;

  private final Server server;

  public OpenLockouts(Server server) {
    this.server = server;
  }

  /** Whose lockout the database bears; empty when it bears none. */
  public Optional<Blocker> of(DatabaseInfo database) {
    return words(database)
        .map(
            words ->
                new Blocker(
                    Blocker.Kind.LOCKOUT,
                    words,
                    null,
                    null,
                    false,
                    new Removal(
                        Removal.Action.RESTORE_CONNECT,
                        "mvn pgkill:restore-connect -Dpgkill.database=" + database.name()),
                    null,
                    null));
  }

  /** The same of all others on the server. */
  public List<String> elsewhere(DatabaseInfo database) {
    List<String> others = new ArrayList<>();
    new Lockouts(server)
        .recorded().stream()
            .filter(name -> !name.equals(database.name()))
            .limit(NAMED)
            .flatMap(name -> server.findDatabase(name).stream())
            .flatMap(other -> words(other).stream())
            .forEach(others::add);
    return others;
  }

  private Optional<String> words(DatabaseInfo database) {
    LockoutFound found = new Lockouts(server).look(database);
    if (found instanceof LockoutFound.Unusable unusable) {
      return Optional.of(String.valueOf(Lockouts.unusable(database.name(), unusable).getMessage()));
    }
    return found instanceof LockoutFound.Closed closed
        ? Optional.of(closed(database, closed.record(), closed.held()))
        : Optional.empty();
  }

  /**
   * That it is closed, and by whom.
   *
   * @param held whether the build that closed it is there to open it again
   */
  public static String closed(DatabaseInfo database, LockoutRecord record, boolean held) {
    Closer other = held ? Closer.ALIVE : Closer.SILENT;
    return LockoutWording.closed(
        database.name(),
        record,
        ThisBuild.isOrDescendsFrom(record.build()) ? Closer.THIS_BUILD : other);
  }
}
