package io.github.pgkill.postgres.instance;

import io.github.pgkill.model.server.InstanceInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.postgres.core.OwnSessions;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.sessions.Sessions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The whole instance: what it is, and everybody whom its end would end. */
public final class AllSessions {

  /** From this version on no backup runs without a session of its own. */
  private static final int WITHOUT_EXCLUSIVE_BACKUPS = 15;

  private final Server server;

  public AllSessions(Server server) {
    this.server = server;
  }

  /** Which instance this is, and since when it runs. */
  public InstanceInfo instance() {
    return server
        .run(
            c ->
                Rows.query(
                    c,
                    Sql.named("instance/instance"),
                    row ->
                        new InstanceInfo(
                            server.info().systemIdentifier(),
                            instant(row, "started_micros"),
                            row.getBoolean("standby"),
                            row.getInt("port"),
                            row.getString("data_directory"),
                            serving(row),
                            row.getBoolean("restarts_after_crash"),
                            row.getBoolean("cloud_native"))))
        .get(0);
  }

  private static InstanceInfo.Serving serving(ResultSet row) throws SQLException {
    return new InstanceInfo.Serving(
        row.getInt("own_pid"),
        row.getObject("own_micros") == null ? null : instant(row, "own_micros"),
        row.getString("own_role"),
        row.getString("own_database"),
        row.getString("own_client"));
  }

  private static Instant instant(ResultSet row, String micros) throws SQLException {
    return Instant.EPOCH.plus(row.getLong(micros), ChronoUnit.MICROS);
  }

  /** Clients of all databases and walsenders; our own sessions are not among them. */
  public List<Session> sessions() {
    // a goal of a parallel module that is logging in just now is ours, too
    OwnSessions.awaitLogins();
    List<SessionId> own = OwnSessions.open();
    return server.run(
        c ->
            Rows.query(
                c,
                Sql.named("instance/server-sessions"),
                statement -> statement.setIds("own", own),
                row -> Sessions.candidate(server.node(), row).session()));
  }

  /** The processes of base backups that are running. */
  public Set<Integer> baseBackups() {
    return new HashSet<>(
        server.run(
            c ->
                Rows.query(
                    c, Sql.named("instance/running-base-backups"), row -> row.getInt("pid"))));
  }

  /** Whether an exclusive backup is running, which belongs to no session. */
  public boolean exclusiveBackup() {
    return server.info().major() < WITHOUT_EXCLUSIVE_BACKUPS
        && server
            .run(
                c ->
                    Rows.query(c, Sql.named("instance/exclusive-backup"), row -> row.getBoolean(1)))
            .contains(true);
  }
}
