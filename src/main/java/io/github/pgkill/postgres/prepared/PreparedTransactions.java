package io.github.pgkill.postgres.prepared;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.prepared.PreparedRule;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.ForeignEncoding;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The prepared transactions of one database: looking at them, which can be done from anywhere, and
 * rolling back one, which takes a connection to that database (PostgreSQL documentation, ROLLBACK
 * PREPARED).
 */
public final class PreparedTransactions {

  /** Somebody else is ending it, or this role may not: nothing has happened to it. */
  private static final Set<String> REFUSALS =
      Set.of(SqlStates.INSUFFICIENT_PRIVILEGE, SqlStates.NOT_ACCEPTING);

  private static final String PATTERN = "preparedGid";

  private final Server server;
  private final DatabaseInfo database;

  public PreparedTransactions(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /**
   * Lets the server judge the rule's regular expression before anything is done.
   *
   * @throws InvalidParameter also when a name is written in another encoding than the one in which
   *     the server would compare it here
   */
  public void checkPattern(PreparedRule rule) {
    server.checkPattern(PATTERN, rule.gidPattern());
    Optional<ForeignEncoding> foreign = ForeignEncoding.of(server, database);
    if (foreign.isPresent() && haveNamesBeyondAscii()) {
      throw foreign
          .get()
          .refusal(
              server,
              PATTERN,
              "prepared transactions of database " + database.name() + " have names");
    }
  }

  private boolean haveNamesBeyondAscii() {
    return !server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("prepared/names-beyond-ascii"),
                    statement -> statement.set("database", database.oid()),
                    row -> row.getBoolean("beyond")))
        .isEmpty();
  }

  /**
   * All of them, oldest first.
   *
   * @param rule which may be rolled back; null for none
   */
  public List<PreparedCandidate> look(@Nullable PreparedRule rule) {
    return server.run(connection -> look(connection, rule));
  }

  /**
   * Rolls one back if it still is the one that was selected and the rule still matches it. Ask this
   * of a connection to its database.
   */
  public RollbackResult rollBack(PreparedTransaction transaction, PreparedRule rule) {
    return server.run(
        connection -> {
          Optional<PreparedCandidate> same =
              look(connection, rule).stream()
                  .filter(
                      candidate -> candidate.selected() && candidate.transaction().is(transaction))
                  .findFirst();
          return same.isPresent() ? rollBack(connection, same.get()) : new RollbackResult.NoMatch();
        });
  }

  /** The statement as a person would type it. */
  public static String statement(PreparedTransaction transaction) {
    return "ROLLBACK PREPARED " + literal(transaction.gid()) + ";";
  }

  /** One in words: whose it is, and how old. */
  public static String named(PreparedTransaction transaction) {
    String gid = transaction.gid();
    boolean plain = gid.chars().allMatch(c -> c > 0x20 && c < 0x7f && c != '\'' && c != '\\');
    return "prepared transaction "
        + (plain ? gid : literal(gid))
        + " of role "
        + transaction.owner()
        + ", prepared "
        + Durations.format(transaction.age())
        + " ago";
  }

  /** The same, and whether it holds anything. */
  public static String described(PreparedTransaction transaction) {
    int locks = transaction.locks();
    return named(transaction)
        + ", holding "
        + (locks == 0 ? "no" : "" + locks)
        + (locks <= 1 ? " lock" : " locks");
  }

  private static String sql(PreparedTransaction transaction) {
    return Ddl.of("ROLLBACK PREPARED %L", transaction.gid());
  }

  /**
   * A literal in which nothing is hidden from a person: what a terminal would not show, or reorder
   * by, is an escape that the server reads as the same character.
   */
  private static String literal(String gid) {
    if (gid.chars().noneMatch(PreparedTransactions::hidden)) {
      return Ddl.of("%L", gid);
    }
    StringBuilder text = new StringBuilder("E'");
    for (char unit : gid.toCharArray()) {
      if (hidden(unit)) {
        text.append(String.format("\\u%04X", (int) unit));
      } else if (unit == '\'' || unit == '\\') {
        text.append(unit).append(unit);
      } else {
        text.append(unit);
      }
    }
    return text.append('\'').toString();
  }

  private static boolean hidden(int unit) {
    return switch (Character.getType(unit)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          true;
      default -> false;
    };
  }

  private List<PreparedCandidate> look(Connection connection, @Nullable PreparedRule rule)
      throws SQLException {
    return Rows.query(
        connection,
        Sql.named("prepared/prepared-transactions"),
        statement -> {
          statement.set("database", database.oid());
          statement.set("gid_pattern", rule == null ? null : rule.gidPattern());
          statement.set("min_age", rule == null ? null : rule.minAge());
        },
        PreparedTransactions::candidate);
  }

  /** One that {@code shown-transactions.sql} shows. */
  public static PreparedTransaction shown(ResultSet row) throws SQLException {
    return new PreparedTransaction(
        row.getString("gid"),
        row.getString("owner"),
        row.getString("database"),
        row.getLong("transaction"),
        row.getString("prepared"),
        Objects.requireNonNullElse(Rows.millis(row, "age"), Duration.ZERO),
        row.getInt("locks"));
  }

  private static PreparedCandidate candidate(ResultSet row) throws SQLException {
    return new PreparedCandidate(
        shown(row), row.getBoolean("selected"), row.getString("become"), row.getBoolean("may_end"));
  }

  private RollbackResult rollBack(Connection connection, PreparedCandidate candidate)
      throws SQLException {
    try {
      asOwner(connection, candidate.become(), sql(candidate.transaction()));
    } catch (SQLException e) {
      if (SqlStates.UNDEFINED_OBJECT.equals(e.getSQLState())) {
        return new RollbackResult.NoMatch();
      }
      if (REFUSALS.contains(String.valueOf(e.getSQLState()))) {
        return new RollbackResult.Refused(ServerMessages.of(e));
      }
      throw e;
    }
    boolean left =
        look(connection, null).stream()
            .anyMatch(other -> other.transaction().is(candidate.transaction()));
    return left
        ? new RollbackResult.Refused("the server reported it as rolled back and still lists it")
        : new RollbackResult.RolledBack();
  }

  private static void asOwner(Connection connection, @Nullable String owner, String sql)
      throws SQLException {
    if (owner == null) {
      execute(connection, sql);
      return;
    }
    String before =
        Rows.query(connection, Sql.named("prepared/role-setting"), row -> row.getString("role"))
            .get(0);
    become(connection, owner);
    try {
      execute(connection, sql);
    } finally {
      become(connection, before);
    }
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static void become(Connection connection, String role) throws SQLException {
    Rows.query(
        connection,
        Sql.named("core/set-role"),
        statement -> statement.set("role", role),
        r -> true);
  }
}
