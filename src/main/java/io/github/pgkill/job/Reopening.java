package io.github.pgkill.job;

import io.github.pgkill.model.ConnectionSettings;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.DialPlan;
import io.github.pgkill.postgres.Reopened;
import io.github.pgkill.postgres.Server;
import io.github.pgkill.postgres.ServerConnector;

/** Opens a database over a connection of its own. */
final class Reopening {

  private Reopening() {}

  static Reopened now(ConnectionSettings settings, DialPlan plan, DatabaseInfo database) {
    try (Server server = ServerConnector.toChange(settings, plan).connect()) {
      return server.lockouts().reopen(database);
    }
  }
}
