package io.github.pgkill.job;

import io.github.pgkill.host.ThisBuild;
import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.DialPlan;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.postgres.Reopened;
import io.github.pgkill.postgres.Server;
import io.github.pgkill.postgres.ServerConnector;
import org.jspecify.annotations.Nullable;

/** Opens a database that this build closed, and no lockout of anybody else's. */
final class Reopening {

  private Reopening() {}

  /**
   * @param record what closing it took; null where that is not known
   */
  static Reopened now(
      ConnectionSettings settings,
      DialPlan plan,
      DatabaseInfo database,
      @Nullable LockoutRecord record) {
    try (Server server = ServerConnector.toChange(settings, plan).connect()) {
      return with(server, database, record);
    }
  }

  /** The same over a connection that is there. */
  static Reopened with(Server server, DatabaseInfo database, @Nullable LockoutRecord record) {
    return record == null
        ? server.lockouts().reopen(database, ThisBuild.identity())
        : server.lockouts().giveBack(record);
  }
}
