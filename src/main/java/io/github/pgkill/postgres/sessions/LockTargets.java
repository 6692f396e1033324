package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.value.NearestName;
import io.github.pgkill.model.value.RelationName;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code holdingLocksOn} names, looked up where it is: in the database to clear, over a
 * connection of its own that is there before the database is closed, because under {@code
 * allow-connections} nobody gets in afterwards.
 */
final class LockTargets implements AutoCloseable {

  private static final String PARAMETER = "holdingLocksOn";

  private final Server target;
  private final List<RelationName> names;

  /** All that was ever found: what is dropped meanwhile may still be locked. */
  private final Set<LockObject> objects = new LinkedHashSet<>();

  private List<RelationName> lockable = List.of();
  private boolean closed;

  private LockTargets(Server target, List<RelationName> names) {
    this.target = target;
    this.names = names;
  }

  /**
   * Looks them up for the first time.
   *
   * @param target a connection to the database to clear, closed with this
   * @throws PgkillFailure when one of the names does not exist
   */
  static LockTargets resolve(Server target, List<RelationName> names) {
    LockTargets targets = new LockTargets(target, names);
    boolean resolved = false;
    try {
      targets.requireAll(targets.refresh());
      resolved = true;
      return targets;
    } finally {
      if (!resolved) {
        target.close();
      }
    }
  }

  /** One row of {@code lock-objects.sql}. */
  private record Row(int position, LockObject object, @Nullable RelationName lockable) {}

  /**
   * Looks again: there may be new partitions and tables. Once this is closed, what is known stays.
   *
   * @return the positions of the names that exist, from 1
   */
  Set<Integer> refresh() {
    if (closed) {
      return Set.of();
    }
    List<Row> rows = target.run(this::look);
    Set<Integer> found = new LinkedHashSet<>();
    Set<RelationName> tables = new LinkedHashSet<>();
    for (Row row : rows) {
      found.add(row.position());
      objects.add(row.object());
      if (row.lockable() != null) {
        tables.add(row.lockable());
      }
    }
    lockable = List.copyOf(tables);
    return found;
  }

  private List<Row> look(Connection connection) throws SQLException {
    return Rows.query(
        connection,
        Sql.named("sessions/lock-objects"),
        statement -> {
          statement.set("schemas", "text", names.stream().map(RelationName::schema).toList());
          // not List.of(): a null stands for a whole schema
          List<@Nullable String> relations = new ArrayList<>();
          names.forEach(name -> relations.add(name.relation()));
          statement.set("relations", "text", relations);
        },
        LockTargets::row);
  }

  private static Row row(ResultSet row) throws SQLException {
    return new Row(
        row.getInt("position"),
        new LockObject(row.getLong("class"), row.getLong("object")),
        row.getBoolean("lockable")
            ? new RelationName(row.getString("schema"), row.getString("relation"))
            : null);
  }

  /** All that was found so far. */
  Collection<LockObject> objects() {
    return objects;
  }

  /** The tables among them, as they are now. */
  List<RelationName> lockable() {
    return lockable;
  }

  /** Tries to lock those tables. */
  LockCheck tryLock() {
    refresh();
    return new LockAttempt(target).on(lockable);
  }

  private void requireAll(Set<Integer> found) {
    for (int i = 0; i < names.size(); i++) {
      if (!found.contains(i + 1)) {
        throw missing(names.get(i));
      }
    }
  }

  private InvalidParameter missing(RelationName name) {
    return new InvalidParameter(
        PARAMETER,
        "there is no "
            + (name.relation() == null ? "schema " : "table, view or index ")
            + Identifiers.named(name)
            + " in the database; nothing was touched",
        nearest(name)
            .map(meant -> "Did you mean " + meant + "?")
            .orElse("Write schema or schema.table, capitals in double quotes."));
  }

  private Optional<String> nearest(RelationName wanted) {
    Map<String, String> known = new TreeMap<>();
    for (RelationName name : known()) {
      known.putIfAbsent(plain(name), Identifiers.named(name));
      boolean schemaForgotten = wanted.relation() == null && name.relation() != null;
      if (schemaForgotten && wanted.schema().equalsIgnoreCase(name.relation())) {
        return Optional.of(Identifiers.named(name));
      }
    }
    return NearestName.of(plain(wanted), known.keySet()).map(known::get);
  }

  private static String plain(RelationName name) {
    return name.relation() == null ? name.schema() : name.schema() + "." + name.relation();
  }

  private List<RelationName> known() {
    return target.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("sessions/relation-names"),
                row ->
                    new RelationName(
                        Objects.requireNonNull(row.getString("schema")),
                        row.getString("relation"))));
  }

  @Override
  public void close() {
    closed = true;
    target.close();
  }
}
