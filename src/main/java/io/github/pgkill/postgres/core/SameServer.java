package io.github.pgkill.postgres.core;

import io.github.pgkill.model.failure.AnotherServer;
import io.github.pgkill.model.server.ServerInfo;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The server that a connector reached first, which each of its further connections has to reach
 * again before anything is done with it: addresses are moved from one server to another while a
 * goal runs.
 */
final class SameServer {

  private static final String REMEDY =
      "Give an address that stays with one server, and run the goal again when nothing moves any"
          + " more.";

  private final boolean orSuccessor;
  private @Nullable ServerInfo first;

  private SameServer(@Nullable ServerInfo first, boolean orSuccessor) {
    this.first = first;
    this.orSuccessor = orSuccessor;
  }

  /**
   * What one connection shows of its server.
   *
   * @param systemIdentifier null where the role may not see it in that database
   */
  private record Shown(
      @Nullable String systemIdentifier, String startedAt, boolean standby, boolean pooled) {

    static Shown by(ServerInfo info) {
      return new Shown(info.systemIdentifier(), info.startedAt(), info.standby(), info.pooled());
    }

    static Shown by(Connection connection) throws SQLException {
      int announced = connection.unwrap(PGConnection.class).getBackendPID();
      String identifier = Server.systemIdentifier(connection);
      return Rows.query(
              connection,
              Sql.named("core/which-server"),
              row ->
                  new Shown(
                      identifier,
                      row.getString("started_at"),
                      row.getBoolean("standby"),
                      row.getInt("pid") != announced))
          .get(0);
    }

    boolean mayBeOfCluster(Shown other) {
      return ProvenRestarts.mayBeOneCluster(systemIdentifier, other.systemIdentifier);
    }

    boolean isServer(Shown other) {
      return mayBeOfCluster(other) && ProvenRestarts.leadFrom(other.startedAt, startedAt);
    }

    boolean isOfCluster(Shown other) {
      return systemIdentifier != null && systemIdentifier.equals(other.systemIdentifier);
    }
  }

  /** Whatever the first connection reaches. */
  static SameServer unknownYet() {
    return new SameServer(null, false);
  }

  /** That server, whenever it started, or the primary that took its place. */
  synchronized SameServer orSuccessor() {
    return new SameServer(known(), true);
  }

  /** Takes the first as it is, and holds each further one to it. */
  synchronized void require(ServerInfo further) {
    if (first == null) {
      first = further;
    } else {
      require(Shown.by(first), Shown.by(further));
    }
  }

  /** Holds a connection to it that is not ours to change; its search path is, for now. */
  synchronized void require(Connection further) throws SQLException {
    try (Statement statement = further.createStatement()) {
      statement.execute("set search_path = pg_catalog");
    }
    require(Shown.by(known()), Shown.by(further));
  }

  private void require(Shown before, Shown now) {
    if (now.pooled() && !before.pooled()) {
      throw new AnotherServer(
          "a connection pooler answers now where the server itself answered first", REMEDY);
    }
    if (orSuccessor ? !now.isOfCluster(before) : !now.isServer(before)) {
      throw new AnotherServer(words(before, now), REMEDY);
    }
    if (now.standby() && (orSuccessor || !before.standby())) {
      throw new AnotherServer(
          "the server that answers is a standby now, where nothing can be changed",
          "List all hosts, so that the primary is found: jdbc:postgresql://one,two/database");
    }
  }

  private ServerInfo known() {
    if (first == null) {
      throw new IllegalStateException("no connection has been made yet");
    }
    return first;
  }

  private static String words(Shown before, Shown now) {
    return now.mayBeOfCluster(before)
        ? "another server answers now, or the same one after a restart: it started at "
            + now.startedAt()
            + ", the one that was reached first at "
            + before.startedAt()
        : "another server answers now: its system identifier is "
            + now.systemIdentifier()
            + ", that of the one that was reached first "
            + before.systemIdentifier();
  }
}
