package io.github.pgkill.job.admission;

import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.GuardRails;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.ServerInfo;
import io.github.pgkill.report.text.Wording;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Refuses what a changing goal must never touch, by what the server itself says: a pooler, a
 * standby, a far server behind a tunnel, a protected database. Asked before anything is changed.
 */
public final class ServerGuard {

  /** Most victims that are not on this machine, unless the user says otherwise. */
  private static final int REMOTE_MAX_SESSIONS = 100;

  /** The server's own databases, and those that managed services keep for themselves. */
  private static final Set<String> BUILT_IN =
      Set.of(
          "postgres",
          "template0",
          "template1",
          "rdsadmin",
          "cloudsqladmin",
          "azure_maintenance",
          "azure_sys",
          "alloydbadmin",
          "alloydbmetadata");

  private final GuardRails rails;

  public ServerGuard(GuardRails rails) {
    this.rails = rails;
  }

  /** Refuses a protected database by its name alone; asked before anybody is contacted. */
  public void checkName(ConnectionSettings settings) {
    String database = settings.database();
    if (isProtected(database) && !rails.allowProtected().contains(database)) {
      throw new GuardRefusal(
          "database " + database + " is protected",
          "Name the database to clear with -Dpgkill.database=..., or, if this build really owns "
              + database
              + ", add -Dpgkill.allowProtected="
              + database);
    }
  }

  /** Refuses to drop a protected database, whatever else is allowed to be done to it. */
  void checkMayBeDropped(ConnectionSettings settings) {
    String database = settings.database();
    if (isProtected(database)) {
      throw new GuardRefusal(
          "database " + database + " is protected and never dropped",
          "Name the database to drop with -Dpgkill.database=...; allowProtected does not reach so"
              + " far.");
    }
  }

  /** Refuses a confirmation that names another database. */
  void checkConfirmation(ConnectionSettings settings, @Nullable String confirm) {
    if (confirm != null && !confirm.equals(settings.database())) {
      throw new InvalidParameter(
          "confirm",
          "'" + confirm + "' is not the database to drop, " + settings.database(),
          "Write the name of the database that is really meant.");
    }
  }

  /** Refuses to drop anything unconfirmed on a server that had to be listed. */
  void requireConfirmation(
      ConnectionSettings settings, ServerInfo server, @Nullable String confirm) {
    if (confirm == null && listed(server)) {
      throw new GuardRefusal(
          "the server is one that had to be listed in allowedServers, so the database to drop must"
              + " be named twice",
          "If it is the right one, add -Dpgkill.confirm=" + settings.database());
    }
  }

  /** The same connection, never by way of the database itself. */
  static ConnectionSettings fromOutside(ConnectionSettings settings) {
    List<String> others =
        settings.maintenanceDatabases().stream()
            .filter(name -> !name.equals(settings.database()))
            .toList();
    if (others.isEmpty()) {
      throw new GuardRefusal(
          "database " + settings.database() + " cannot be dropped from within",
          "Name another one to connect to: -Dpgkill.maintenanceDatabase=postgres");
    }
    return settings.withMaintenanceDatabases(others);
  }

  /**
   * Refuses a server that must not be changed or that is not what its address says.
   *
   * @return how many victims the first selection may have
   */
  public int checkServer(ServerInfo server, DialPlan plan) {
    if (server.pooled()) {
      throw new GuardRefusal(
          "a connection pooler is between this build and the server, so that no session is ours to"
              + " keep",
          "Give the URL of the server itself, not of PgBouncer or the like.");
    }
    if (server.standby()) {
      throw new GuardRefusal(
          "the server is a standby, which cannot be changed",
          "Give the primary's URL, or list all hosts: jdbc:postgresql://one,two/database");
    }
    List<String> signs = signsOfDistance(server);
    boolean looksLocal = plan.local() && !signs.isEmpty();
    if (looksLocal && !listed(server)) {
      throw tunnel(server, signs);
    }
    if (rails.maxSessions() != null) {
      return rails.maxSessions();
    }
    return plan.local() && signs.isEmpty() ? Integer.MAX_VALUE : REMOTE_MAX_SESSIONS;
  }

  /** Whether the database is none to close or to clear, whatever else is allowed. */
  boolean isProtected(DatabaseInfo database) {
    return isProtected(database.name()) || database.protectedBy() != null;
  }

  private boolean isProtected(String name) {
    return BUILT_IN.contains(name) || rails.protectedDatabases().contains(name);
  }

  /** Refuses a database that an administrator has marked. */
  public void checkMarker(DatabaseInfo database) {
    if (database.protectedBy() != null) {
      throw new GuardRefusal(
          "database " + database.name() + " is protected by " + database.protectedBy(),
          "Whoever administers it has to remove that first.");
    }
  }

  private boolean listed(ServerInfo server) {
    String identifier = server.systemIdentifier();
    return identifier != null && rails.allowedServers().contains(identifier);
  }

  private static List<String> signsOfDistance(ServerInfo server) {
    List<String> signs = new ArrayList<>();
    if (!server.providerRoles().isEmpty()) {
      signs.add("it has the managed service's role " + server.providerRoles().get(0));
    }
    if (server.standbys() > 0) {
      signs.add(Wording.count(server.standbys(), "standby", "follows it", "follow it"));
    }
    return signs;
  }

  private static GuardRefusal tunnel(ServerInfo server, List<String> signs) {
    String identifier = server.systemIdentifier();
    return new GuardRefusal(
        "the server answers on this machine but looks like another machine's ("
            + String.join("; ", signs)
            + "): is this a tunnel?",
        identifier == null
            ? "To list it, this role needs its identifier: GRANT EXECUTE ON FUNCTION"
                + " pg_control_system() TO the role."
            : "If it is the right one, add -Dpgkill.allowedServers=" + identifier);
  }
}
