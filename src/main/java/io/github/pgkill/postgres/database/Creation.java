package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.SqlStates;
import io.github.pgkill.postgres.lockout.DatabaseAccess;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.RoleStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** A new database gets a name that no database has, when it is whole and not before. */
public final class Creation extends UnfinishedDatabase {

  /**
   * @param name that no database has
   * @param owner whose it is to be
   */
  Creation(Server server, String name, String owner, int key, Template template) {
    super(server, absent(name), DatabaseDefinition.plain(owner), key, template);
  }

  /**
   * Stands for the database that is not there yet, wherever one is known by its object id: for the
   * name of what is unfinished, and for the lock that shows that its build lives.
   */
  static DatabaseInfo absent(String name) {
    return new DatabaseInfo(Integer.toUnsignedLong(name.hashCode()), name, null);
  }

  @Override
  String described() {
    return "the unfinished database " + database.name();
  }

  @Override
  void requireLike(DatabaseAccess made) {
    // nothing was given to it that it could lack
  }

  @Override
  public List<String> placing() {
    List<String> statements = new ArrayList<>();
    statements.add("BEGIN;  -- undo: ROLLBACK;");
    statements.add(Ddl.of("COMMENT ON DATABASE %I IS NULL;", newName()));
    steps().forEach(step -> statements.add(step.typed()));
    statements.add("COMMIT;  -- undo: " + Ddl.of("DROP DATABASE %I;", database.name()));
    return statements;
  }

  /**
   * Takes the name that no database has.
   *
   * @throws PgkillFailure when somebody else has made a database of that name, or has renamed or
   *     dropped ours
   */
  @Override
  void place(Connection connection, DatabaseInfo fresh) throws SQLException {
    NameLock.take(connection, fresh, null);
    Lockouts.execute(connection, steps());
    NameLock.require(connection, named());
  }

  @Override
  String inTheWay(Connection connection, DatabaseInfo fresh, SQLException e) throws SQLException {
    String state = String.valueOf(e.getSQLState());
    if (state.equals(SqlStates.DUPLICATE_DATABASE)) {
      throw new PgkillFailure(
          "somebody else has created database "
              + database.name()
              + " meanwhile; what was built is dropped",
          "Run the goal again, which then replaces that one.",
          e);
    }
    if (state.equals(SqlStates.OBJECT_IN_USE) || state.equals(SqlStates.LOCK_NOT_AVAILABLE)) {
      return ServerMessages.of(e);
    }
    throw e;
  }

  /** The new database under the name that it has in the end. */
  public DatabaseInfo named() {
    return new DatabaseInfo(made().oid(), database.name(), null);
  }

  private List<RoleStatement> steps() {
    List<RoleStatement> steps = new ArrayList<>();
    add(steps, Ddl.of("ALTER DATABASE %I RENAME TO %I", newName(), database.name()));
    add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS true", database.name()));
    return steps;
  }
}
