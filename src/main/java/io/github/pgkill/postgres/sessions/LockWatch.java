package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionName;
import io.github.pgkill.postgres.core.BoundStatement;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The locks that {@code holdingLocksOn} and {@code rootBlockersOnly} are about: what is known of
 * them for choosing sessions, and what stands in their way that is none of this database's
 * sessions.
 */
public final class LockWatch {

  private final Server server;
  private final DatabaseInfo database;
  private final SessionFilter filter;
  private final @Nullable LockTargets targets;
  private final Set<SessionId> waited = new LinkedHashSet<>();
  private LockCriteria criteria = LockCriteria.NONE;

  LockWatch(
      Server server, DatabaseInfo database, SessionFilter filter, @Nullable LockTargets targets) {
    this.server = server;
    this.database = database;
    this.filter = filter;
    this.targets = targets;
    renew();
  }

  /**
   * A process that holds a lock in the way.
   *
   * @param pid its process id
   * @param what what it is and whose, in words
   */
  public record LockChainMember(int pid, String what) {}

  /** What sessions are judged by; another object only when something changed. */
  LockCriteria criteria() {
    return criteria;
  }

  /** Looks for what is new before sessions are chosen. */
  void look() {
    boolean changed = false;
    if (targets != null) {
      targets.refresh();
      changed = targets.objects().size() != criteria.objects().size();
    }
    if (filter.rootBlockersOnly()) {
      changed |= waited.addAll(waiting());
    }
    if (changed) {
      renew();
    }
  }

  private void renew() {
    criteria =
        new LockCriteria(
            targets == null ? List.of() : List.copyOf(targets.objects()), List.copyOf(waited));
  }

  private List<SessionId> waiting() {
    return query(
        "sessions/waiting-sessions",
        statement -> statement.set("database", database.oid()),
        row -> new SessionId(server.node(), row.getInt("pid"), row.getString("started")));
  }

  /** The names that the filter is about, as users write them; empty when it is about none. */
  public List<String> names() {
    return filter.holdingLocksOn().stream().map(Identifiers::named).toList();
  }

  /** What {@link #tryLock} would execute. */
  public List<String> statements() {
    return targets == null ? List.of() : LockAttempt.shown(targets.lockable());
  }

  /** Takes the lock on every table that is meant, and gives it back at once. */
  public LockCheck tryLock() {
    return Objects.requireNonNull(targets, "only for holdingLocksOn").tryLock();
  }

  /** Processes of whatever kind that hold a lock on what is meant. */
  public List<LockChainMember> holders() {
    return query(
        "sessions/lock-holders",
        statement -> {
          criteria.bindObjects(statement);
          statement.set("database", database.oid());
        },
        row -> new LockChainMember(row.getInt("pid"), holder(row)));
  }

  private static String holder(ResultSet row) throws SQLException {
    String user = row.getString("username");
    return SessionName.of(
        row.getInt("pid"), user == null ? row.getString("backend_type") : user, null);
  }

  /**
   * The prepared transactions in the way, which no signal ends: those that hold a lock on what is
   * meant or, without names, those that sessions of the database wait for.
   */
  public List<PreparedTransaction> prepared() {
    if (targets == null) {
      return filter.rootBlockersOnly()
          ? query(
              "sessions/prepared-blocking",
              statement -> statement.set("database", database.oid()),
              PreparedTransactions::shown)
          : List.of();
    }
    return query(
        "sessions/prepared-holding-locks",
        statement -> {
          criteria.bindObjects(statement);
          statement.set("database", database.oid());
        },
        PreparedTransactions::shown);
  }

  /** Processes outside of this database for which sessions of it wait, in words. */
  public List<LockChainMember> blockersElsewhere() {
    return query(
        "sessions/blockers-elsewhere",
        statement -> statement.set("database", database.oid()),
        row ->
            new LockChainMember(
                row.getInt("pid"),
                SessionName.of(row.getInt("pid"), row.getString("username"), null)
                    + " in database "
                    + row.getString("database")));
  }

  /** Gives up the connection into the database, so that it is in nobody's way. */
  public void close() {
    if (targets != null) {
      targets.close();
    }
  }

  private <T> List<T> query(String name, BoundStatement.Binder binder, Rows.Mapper<T> mapper) {
    return new ArrayList<>(
        server.run(connection -> Rows.query(connection, Sql.named(name), binder, mapper)));
  }
}
