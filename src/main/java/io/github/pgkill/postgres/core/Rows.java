package io.github.pgkill.postgres.core;

import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs a statement and maps its rows; reads what JDBC makes long-winded. */
public final class Rows {

  /** Maps the current row. */
  public interface Mapper<T> {
    T map(ResultSet row) throws SQLException;
  }

  private Rows() {}

  public static <T> List<T> query(
      Connection connection, Sql sql, BoundStatement.Binder binder, Mapper<T> mapper)
      throws SQLException {
    try (BoundStatement statement = new BoundStatement(connection, sql)) {
      binder.bind(statement);
      return statement.query(mapper);
    }
  }

  /** The same for a statement without values. */
  public static <T> List<T> query(Connection connection, Sql sql, Mapper<T> mapper)
      throws SQLException {
    return query(connection, sql, statement -> {}, mapper);
  }

  static <T> List<T> list(PreparedStatement statement, Mapper<T> mapper) throws SQLException {
    List<T> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      while (result.next()) {
        rows.add(mapper.map(result));
      }
    }
    return rows;
  }

  public static @Nullable Duration millis(ResultSet row, String column) throws SQLException {
    double millis = row.getDouble(column);
    return row.wasNull() ? null : Duration.ofMillis(Math.max(0, Math.round(millis)));
  }

  /** A text that comes as bytes, beside the name of their encoding. */
  public static @Nullable String text(ResultSet row, String column, String encoding)
      throws SQLException {
    byte[] bytes = row.getBytes(column);
    return bytes == null ? null : ServerEncoding.decoded(bytes, row.getString(encoding));
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
