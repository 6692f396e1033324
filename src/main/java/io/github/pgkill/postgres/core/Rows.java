package io.github.pgkill.postgres.core;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a statement and maps its rows; binds what JDBC makes long-winded. */
public final class Rows {

  /** Binds a statement's parameters. */
  public interface Binder {
    void bind(PreparedStatement statement) throws SQLException;
  }

  /** Maps the current row. */
  public interface Mapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  private Rows() {}

  public static <T> List<T> query(
      Connection connection, String sql, Binder binder, Mapper<T> mapper) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      binder.bind(statement);
      return list(statement, mapper);
    }
  }

  public static <T> List<T> list(PreparedStatement statement, Mapper<T> mapper)
      throws SQLException {
    List<T> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        rows.add(mapper.map(result));
      }
    }
    return rows;
  }

  /** Binds an array, an empty one as null: it does not filter. */
  public static void array(
      PreparedStatement statement, int index, String type, Collection<?> values)
      throws SQLException {
    if (values.isEmpty()) {
      statement.setNull(index, Types.ARRAY);
      return;
    }
    Array array = statement.getConnection().createArrayOf(type, values.toArray());
    statement.setArray(index, array);
  }

  public static void interval(PreparedStatement statement, int index, @Nullable Duration duration)
      throws SQLException {
    statement.setString(index, duration == null ? null : duration.toMillis() + " milliseconds");
  }

  public static @Nullable Duration millis(ResultSet row, String column) throws SQLException {
    double millis = row.getDouble(column);
    return row.wasNull() ? null : Duration.ofMillis(Math.max(0, Math.round(millis)));
  }

  public static @Nullable Integer integer(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value;
  }

  public static List<Integer> integers(ResultSet row, String column) throws SQLException {
    Array array = row.getArray(column);
    return array == null ? List.of() : List.of((Integer[]) array.getArray());
  }

  public static List<String> strings(ResultSet row, String column) throws SQLException {
    Array array = row.getArray(column);
    return array == null ? List.of() : List.of((String[]) array.getArray());
  }
}
