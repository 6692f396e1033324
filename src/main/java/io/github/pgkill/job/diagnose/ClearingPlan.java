package io.github.pgkill.job.diagnose;

import io.github.pgkill.host.build.ThisBuild;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Intent;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.diagnose.Abilities;
import io.github.pgkill.postgres.diagnose.Preflight;
import io.github.pgkill.postgres.lockout.ClosePlan;
import io.github.pgkill.postgres.lockout.Lockouts;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What one would type, in order, to clear the way and to do what is intended. */
final class ClearingPlan {

  private final Server server;
  private final DatabaseInfo database;
  private final Intent intent;
  private final Preflight preflight;

  ClearingPlan(Server server, DatabaseInfo database, Intent intent) {
    this.server = server;
    this.database = database;
    this.intent = intent;
    this.preflight = new Preflight(server, database);
  }

  /** Where a removal belongs: what needs the database open comes before it is closed. */
  private enum Phase {
    PREPARE,
    END_SESSIONS,
    AFTERWARDS,
    /** Nothing of its own: it goes with the sessions, or nobody can do it by a statement. */
    NONE
  }

  /** The statements and commands; what runs elsewhere or is not for this role says so. */
  List<String> lines(BlockerSearch.Found found) {
    Abilities may = found.may();
    if (may == null) {
      return List.of();
    }
    Set<String> lines = new LinkedHashSet<>();
    lines.addAll(removals(found, Phase.PREPARE));
    if (intent == Intent.DROP && worthClosing(found, may)) {
      lines.addAll(closing());
    }
    lines.addAll(removals(found, Phase.END_SESSIONS));
    lines.addAll(removals(found, Phase.AFTERWARDS));
    lines.addAll(deed(may));
    return List.copyOf(lines);
  }

  private static Phase phase(Blocker blocker) {
    return switch (blocker.kind()) {
      case STOPPED_PROCESS, PREPARED_TRANSACTION, SUBSCRIPTION, TEMPLATE, LOCKOUT, CLOSED ->
          Phase.PREPARE;
      case SESSION, DUMP, AUTOVACUUM, BACKGROUND_WORKER, LOGIN, BASE_BACKUP -> Phase.END_SESSIONS;
      case MIGRATION_LOCK -> blocker.pid() == null ? Phase.AFTERWARDS : Phase.END_SESSIONS;
      case REPLICATION_SLOT, INVALID_DATABASE, PRIVILEGE, PROTECTION -> Phase.NONE;
    };
  }

  private List<String> removals(BlockerSearch.Found found, Phase phase) {
    return found.stopping().stream()
        .filter(blocker -> phase(blocker) == phase)
        .map(ClearingPlan::line)
        .toList();
  }

  private static String line(Blocker blocker) {
    boolean spared =
        blocker.kind() == Blocker.Kind.DUMP || blocker.kind() == Blocker.Kind.BASE_BACKUP;
    if (blocker.removal() == null || spared) {
      return "-- wait: " + blocker.what();
    }
    String line = blocker.removal().text();
    if (blocker.where() != null) {
      line += "  -- in database " + blocker.where();
    }
    return blocker.refusal() == null ? line : line + "  -- not by this role as it is";
  }

  private boolean worthClosing(BlockerSearch.Found found, Abilities may) {
    boolean somebodyMayComeBack =
        found.stopping().stream().anyMatch(blocker -> phase(blocker) == Phase.END_SESSIONS);
    return somebodyMayComeBack
        && may.owns()
        && may.allowsConnections()
        && !may.invalid()
        && !server.info().connectedTo().equals(database.name());
  }

  private List<String> closing() {
    ClosePlan plan =
        new ClosePlan(
            database,
            CloseWith.ALLOW_CONNECTIONS,
            null,
            List.of(server.info().role()),
            Reopen.IMMEDIATELY,
            ThisBuild.identity());
    return new Lockouts(server).rehearse(plan).statements();
  }

  private List<String> deed(Abilities may) {
    List<String> deed = new ArrayList<>();
    switch (intent) {
      case DROP -> deed.add(preflight.drop() + "  -- undo: none but a backup");
      case TEMPLATE -> deed.add(preflight.copy(database.name() + "_copy"));
      case RESTART ->
          deed.add(
              "pg_ctl restart -m fast"
                  + (may.dataDirectory() == null ? "" : " -D " + may.dataDirectory())
                  + "  -- on the server's host, or by its service manager");
      case CLEAN, ALTER -> {}
    }
    return deed;
  }
}
