package io.github.pgkill.postgres.core;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.sessions.SessionId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A statement that takes its values by name. A name that it does not have is refused when bound,
 * one that was not bound when it is executed. Values stay from one execution to the next.
 */
public final class BoundStatement implements AutoCloseable {

  /** Stands where a name of the server's was no text, and so in no name that is looked for. */
  private static final char UNREADABLE = '\ufffd';

  private final PreparedStatement statement;
  private final List<String> parameters;
  private final Set<String> missing;

  /** Binds a statement's values. */
  public interface Binder {
    void bind(BoundStatement statement) throws SQLException;
  }

  public BoundStatement(Connection connection, Sql sql) throws SQLException {
    statement = connection.prepareStatement(sql.text());
    parameters = sql.parameters();
    missing = new HashSet<>(parameters);
  }

  public void set(String name, int value) throws SQLException {
    for (int index : places(name)) {
      statement.setInt(index, value);
    }
  }

  public void set(String name, long value) throws SQLException {
    for (int index : places(name)) {
      statement.setLong(index, value);
    }
  }

  public void set(String name, boolean value) throws SQLException {
    for (int index : places(name)) {
      statement.setBoolean(index, value);
    }
  }

  public void set(String name, @Nullable String value) throws SQLException {
    requireSendable(value);
    for (int index : places(name)) {
      statement.setString(index, value);
    }
  }

  public void set(String name, @Nullable Long value) throws SQLException {
    for (int index : places(name)) {
      statement.setObject(index, value, Types.BIGINT);
    }
  }

  public void setNullInteger(String name) throws SQLException {
    setNull(name, Types.INTEGER);
  }

  /** Binds an interval. */
  public void set(String name, @Nullable Duration value) throws SQLException {
    set(name, value == null ? null : value.toMillis() + " milliseconds");
  }

  /** Binds an array, an empty one as null: it does not filter. */
  public void set(String name, String type, Collection<?> values) throws SQLException {
    if (values.isEmpty()) {
      setNull(name, Types.ARRAY);
      return;
    }
    for (Object value : values) {
      requireSendable(value instanceof String text ? text : null);
    }
    var array = statement.getConnection().createArrayOf(type, values.toArray());
    for (int index : places(name)) {
      statement.setArray(index, array);
    }
  }

  /** Binds identities as two arrays, {@code <whose>_pids} and {@code <whose>_starts}. */
  public void setIds(String whose, Collection<SessionId> ids) throws SQLException {
    List<Integer> pids = new ArrayList<>();
    List<String> starts = new ArrayList<>();
    for (SessionId id : ids) {
      pids.add(id.pid());
      starts.add(id.backendStart());
    }
    set(whose + "_pids", "int4", pids);
    set(whose + "_starts", "text", starts);
  }

  /** What the driver would write as question marks could be somebody else's name. */
  private void requireSendable(@Nullable String value) throws SQLException {
    if (value != null
        && value.indexOf(UNREADABLE) < 0
        && !ServerEncoding.sendable(statement.getConnection(), value)) {
      throw new PgkillFailure(
          "'"
              + value
              + "' cannot be written in the encoding of the database that the plugin connects to",
          "Connect to one of another encoding: -Dpgkill.maintenanceDatabase=...");
    }
  }

  /** The rows of one execution, after which all values are still bound. */
  public <T> List<T> query(Rows.Mapper<T> mapper) throws SQLException {
    if (!missing.isEmpty()) {
      throw new IllegalStateException("no value was bound for " + missing);
    }
    return Rows.list(statement, mapper);
  }

  @Override
  public void close() throws SQLException {
    statement.close();
  }

  private void setNull(String name, int type) throws SQLException {
    for (int index : places(name)) {
      statement.setNull(index, type);
    }
  }

  /** Where the value stands that is about to be bound. */
  private List<Integer> places(String name) {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < parameters.size(); i++) {
      if (parameters.get(i).equals(name)) {
        places.add(i + 1);
      }
    }
    if (places.isEmpty()) {
      throw new IllegalArgumentException("the statement has no value named " + name);
    }
    missing.remove(name);
    return places;
  }
}
