package io.github.pgkill.job.lockout;

import io.github.pgkill.model.Blocker;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.Removal;
import io.github.pgkill.model.Reopen;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
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
        ? Optional.of("database " + database.name() + " is closed " + by(closed))
        : Optional.empty();
  }

  private static String by(LockoutFound.Closed closed) {
    LockoutRecord record = closed.record();
    String whose =
        "by process "
            + record.build().pid()
            + " on host "
            + record.build().host()
            + " since "
            + record.closedAt();
    if (record.reopen() == Reopen.NEVER) {
      return whose + ", to stay closed until pgkill:restore-connect";
    }
    return whose + (closed.held() ? ", which is there to open it" : ", which left it so");
  }
}
