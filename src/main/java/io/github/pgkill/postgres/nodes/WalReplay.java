package io.github.pgkill.postgres.nodes;

import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionName;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** How far a standby has replayed what its primary wrote, and who holds that up. */
public final class WalReplay {

  /** What stands for no delay at all. */
  private static final String NONE = "0";

  private static final String FOR_EVER = "-1";

  private WalReplay() {}

  /**
   * A node at one moment.
   *
   * @param standby whether it replays at all
   * @param passed whether it is past the position that was asked for
   * @param behind how many bytes it is short of that
   * @param paused whether somebody paused it
   * @param applyDelay {@code recovery_min_apply_delay} as the server shows it
   * @param standbyDelay {@code max_standby_streaming_delay} as the server shows it
   */
  public record State(
      boolean standby,
      boolean passed,
      long behind,
      boolean paused,
      String applyDelay,
      String standbyDelay) {

    /** Whether it is meant to be late. */
    public boolean delayed() {
      return !applyDelay.equals(NONE);
    }

    /** Whether whoever reads there may hold it up for ever. */
    public boolean waitsForEver() {
      return standbyDelay.equals(FOR_EVER);
    }
  }

  /** Up to where the primary's log is safe now. */
  public static String flushed(Server primary) {
    return primary
        .run(c -> Rows.query(c, Sql.named("nodes/flushed"), row -> row.getString("flushed")))
        .get(0);
  }

  /** How a node stands to that position. */
  public static State state(Server node, String position) {
    return node.run(
            c ->
                Rows.query(
                    c,
                    Sql.named("nodes/replay-state"),
                    statement -> statement.set("lsn", position),
                    WalReplay::state))
        .get(0);
  }

  private static State state(ResultSet row) throws SQLException {
    return new State(
        row.getBoolean("standby"),
        row.getBoolean("passed"),
        row.getLong("behind"),
        row.getBoolean("paused"),
        row.getString("apply_delay"),
        row.getString("standby_delay"));
  }

  /** The sessions that hold replay up by a lock, in words. */
  public static List<String> holders(Server node) {
    return node.run(c -> Rows.query(c, Sql.named("nodes/replay-holders"), WalReplay::holder));
  }

  private static String holder(ResultSet row) throws SQLException {
    String database = row.getString("database");
    String state = row.getString("state");
    return SessionName.of(
            row.getInt("pid"), row.getString("username"), row.getString("application_name"))
        + (database == null ? "" : " in database " + database)
        + (state == null ? "" : ", " + state);
  }

  /** The state of a database's row there, to compare nodes by; empty where it does not exist. */
  public static List<String> mark(Server node, DatabaseInfo database) {
    return node.run(
        c ->
            Rows.query(
                c,
                Sql.named("nodes/database-mark"),
                statement -> statement.set("database", database.oid()),
                row -> row.getString("mark")));
  }
}
