package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Holds one database still for a transaction, and tells what it is like then: nobody else's change
 * is overwritten, and none can come in between.
 *
 * <p>First a comment to its own text, which holds off COMMENT, RENAME and DROP; then a REVOKE of
 * what PUBLIC cannot have, which changes nothing and holds off every change of the row (whoever
 * waits for it gets an error and repeats). The other order deadlocks with RENAME. What was there is
 * read only then, by another connection: ours sees its own comment instead of the one that somebody
 * committed while we waited. The server resolves names after it has waited, so a database that has
 * another name by then was not the one that we locked.
 */
public final class DatabaseClaim {

  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(50);

  /** After which we say for whom we wait. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final String LOCK_TIMEOUT = "400ms";

  /** What somebody else's change of the same database at the same moment ends in. */
  private static final Set<String> PASSING =
      Set.of(
          SqlStates.INTERNAL_ERROR,
          SqlStates.DEADLOCK_DETECTED,
          SqlStates.LOCK_NOT_AVAILABLE,
          SqlStates.INVALID_DATABASE);

  private static final Set<String> NOT_WRITABLE =
      Set.of(SqlStates.UNKNOWN_BYTES, SqlStates.UNTRANSLATABLE);

  /** What it is claimed for. */
  enum Purpose {
    CLOSE,
    /** What can be done without is not insisted on: a closed database must not stay closed. */
    OPEN
  }

  /**
   * What came of the work.
   *
   * @param changed whether there is anything to commit; all is rolled back otherwise
   */
  record Outcome<T>(T value, boolean changed) {

    static <T> Outcome<T> changed(T value) {
      return new Outcome<>(value, true);
    }

    static <T> Outcome<T> unchanged(T value) {
      return new Outcome<>(value, false);
    }
  }

  /** What is done with a database that is held still. */
  interface Body<T> {
    Outcome<T> run(Connection connection, DatabaseAccess access) throws SQLException;
  }

  /** Somebody was faster; nothing was done. */
  private static final class Again extends SQLException {
    private static final long serialVersionUID = 1L;

    Again(String why) {
      super(why, SqlStates.INTERNAL_ERROR);
    }
  }

  private final Server server;
  private final long oid;
  private final Purpose purpose;
  private final Duration patience;
  private final Consumer<String> listener;
  private String name = "";
  private String said = "";
  private boolean writable = true;

  /**
   * @param patience how long somebody may keep us waiting
   * @param listener told for whom we wait
   */
  DatabaseClaim(
      Server server, long oid, Purpose purpose, Duration patience, Consumer<String> listener) {
    this.server = server;
    this.oid = oid;
    this.purpose = purpose;
    this.patience = patience;
    this.listener = listener;
  }

  /**
   * Does the work in one transaction, again from the beginning when somebody else was faster.
   *
   * @return what came of it; empty when the database is gone
   * @throws PgkillFailure when somebody holds it for longer than our patience, telling who
   */
  <T> Optional<T> with(Body<T> body) {
    long begin = System.nanoTime();
    long deadline = begin + patience.toNanos();
    return server.run(
        connection -> {
          while (true) {
            try {
              return once(connection, body);
            } catch (SQLException e) {
              if (!mayPass(e)) {
                throw e;
              }
              if (System.nanoTime() - deadline >= 0) {
                throw held(connection, e);
              }
            }
            if (System.nanoTime() - begin >= SILENCE.toNanos()) {
              tell(DatabaseHolder.barring(connection, oid));
            }
            Pause.of(BETWEEN_ATTEMPTS);
          }
        });
  }

  private void tell(List<DatabaseHolder> holders) {
    String names = DatabaseHolder.names(holders);
    if (!holders.isEmpty() && !names.equals(said)) {
      said = names;
      listener.accept(
          "database "
              + name
              + (purpose == Purpose.CLOSE ? " is not closed yet" : " is not opened yet")
              + ": waiting for "
              + names);
    }
  }

  private boolean mayPass(SQLException e) {
    String state = String.valueOf(e.getSQLState());
    if (NOT_WRITABLE.contains(state)) {
      if (purpose == Purpose.CLOSE || !writable) {
        throw notWritable(e);
      }
      writable = false;
      return true;
    }
    return PASSING.contains(state);
  }

  private <T> Optional<T> once(Connection connection, Body<T> body) throws SQLException {
    Optional<Server> witness = witness();
    connection.setAutoCommit(false);
    boolean committed = false;
    try {
      DatabaseAccess access = claimed(connection, witness);
      if (access == null) {
        return Optional.empty();
      }
      Outcome<T> outcome = body.run(connection, access);
      if (outcome.changed()) {
        connection.commit();
        committed = true;
      }
      return Optional.of(outcome.value());
    } finally {
      if (!committed) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
  }

  /** To open a database we do without rather than leave it closed: the server may be full. */
  private Optional<Server> witness() {
    try {
      return Optional.of(server.witness());
    } catch (PgkillException e) {
      if (purpose == Purpose.OPEN) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private @Nullable DatabaseAccess claimed(Connection connection, Optional<Server> witness)
      throws SQLException {
    DatabaseAccess seen = DatabaseAccess.read(connection, oid);
    if (seen == null) {
      return null;
    }
    name = seen.name();
    requireValid(seen);
    boolean commentToo = writable && witness.isPresent();
    lock(connection, seen, commentToo);
    DatabaseAccess still = frozen(connection, witness);
    if (still == null || !still.name().equals(seen.name())) {
      throw new Again("database " + seen.name() + " was renamed or dropped meanwhile");
    }
    if (commentToo && !Objects.equals(still.comment(), seen.comment())) {
      comment(connection, still.name(), still.comment());
    }
    return still;
  }

  private void lock(Connection connection, DatabaseAccess seen, boolean commentToo)
      throws SQLException {
    Rows.query(
        connection,
        Sql.named("lockout/claim-timeout"),
        statement -> statement.set("timeout", LOCK_TIMEOUT),
        row -> true);
    if (commentToo) {
      comment(connection, seen.name(), seen.comment());
    }
    freeze(connection, seen.name());
  }

  /**
   * Holds off every change of the database's row until the transaction ends, and changes nothing:
   * PUBLIC can hold no grant option. Comes after a COMMENT, or it deadlocks with RENAME.
   */
  public static void freeze(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(Ddl.of("REVOKE GRANT OPTION FOR CONNECT ON DATABASE %I FROM PUBLIC", name));
    }
  }

  private @Nullable DatabaseAccess frozen(Connection connection, Optional<Server> witness)
      throws SQLException {
    return witness.isPresent()
        ? witness
            .get()
            .run(other -> Optional.ofNullable(DatabaseAccess.read(other, oid)))
            .orElse(null)
        : DatabaseAccess.read(connection, oid);
  }

  private static void comment(Connection connection, String name, @Nullable ServerText text)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(Ddl.of("COMMENT ON DATABASE %I IS %L", name, text));
      if (statement.getWarnings() != null) {
        // a missing database is only a warning here, and nothing is locked then
        throw new Again(String.valueOf(statement.getWarnings().getMessage()));
      }
    }
  }

  private static void requireValid(DatabaseAccess access) {
    if (access.state().connectionLimit() < -1) {
      throw new PgkillFailure(
          "database " + access.name() + " is invalid, left over from an interrupted DROP DATABASE",
          "It can only be dropped.");
    }
  }

  private PgkillFailure notWritable(SQLException e) {
    String unread =
        "the comment of database "
            + name
            + " was written from a database with another encoding, and could not be written so"
            + " again: "
            + ServerMessages.of(e);
    return new PgkillFailure(
        purpose == Purpose.OPEN ? "database " + name + " is still closed: " + unread : unread,
        "Name a database with the encoding in which it was written, from which we then connect:"
            + " -Dpgkill.maintenanceDatabase=...",
        e);
  }

  private PgkillFailure held(Connection connection, SQLException e) throws SQLException {
    List<DatabaseHolder> holders = DatabaseHolder.barring(connection, oid);
    String why =
        " for "
            + Durations.format(patience)
            + " "
            + DatabaseHolder.names(holders)
            + " kept its row or its comment from being changed ("
            + ServerMessages.of(e)
            + ")";
    String end = holders.stream().map(DatabaseHolder::ending).collect(Collectors.joining(" "));
    String first = end.isEmpty() ? "" : "End that transaction (" + end + "), then ";
    return purpose == Purpose.OPEN
        ? new PgkillFailure(
            "database " + name + " is still closed:" + why,
            first.isEmpty() ? "Type: " + opening() : first + "type: " + opening(),
            e)
        : new PgkillFailure(
            "database " + name + " could not be closed, and is as it was:" + why,
            first.isEmpty() ? "Run the goal again." : first + "run the goal again.",
            e);
  }

  private String opening() {
    return "mvn pgkill:restore-connect -Dpgkill.database=" + name;
  }
}
