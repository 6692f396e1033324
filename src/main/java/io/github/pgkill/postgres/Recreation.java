package io.github.pgkill.postgres;

import io.github.pgkill.model.AclEntry;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.DatabaseState;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.PgkillFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An empty database takes the place of another one: it is built whole under a temporary name, and
 * then both are renamed in one transaction, so that there is no moment without a database.
 */
public final class Recreation {

  private static final String MARKER = "\npgkill-recreate:";

  private final Server server;
  private final DatabaseInfo database;
  private final boolean invalid;
  private final DatabaseDefinition definition;
  private final String newName;
  private final String oldName;
  private final CreateSteps create;

  Recreation(Server server, DatabaseInfo database, int key) {
    this.server = server;
    this.database = database;
    String suffix = database.oid() + "_" + String.format("%08x", key);
    this.newName = "pgkill_new_" + suffix;
    this.oldName = "pgkill_old_" + suffix;
    this.invalid = server.databases().invalid(database);
    LockoutFound found = server.lockouts().look(database);
    LockoutRecord lockout = found instanceof LockoutFound.Closed closed ? closed.record() : null;
    this.definition = server.run(connection -> read(connection, database, lockout));
    this.create = new CreateSteps(definition, newName);
  }

  private static DatabaseDefinition read(
      Connection connection, DatabaseInfo database, @Nullable LockoutRecord lockout)
      throws SQLException {
    return DatabaseDefinition.read(connection, Lockouts.door(connection, database.name()), lockout);
  }

  /** Names of temporary databases that earlier, broken runs left behind. */
  public List<String> leftovers() {
    String mark = MARKER + database.name();
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("recreation-leftovers"),
                statement -> {
                  statement.setString(1, mark);
                  statement.setString(2, mark);
                },
                row -> row.getString("name")));
  }

  /** What builds the new database, as a person would type it, the undo beside it. */
  public List<String> building() {
    String undo = "  -- undo: " + Ddl.of("DROP DATABASE %I;", newName);
    List<String> statements = new ArrayList<>();
    statements.add(create.create() + ";" + undo);
    create.privileges().forEach(step -> statements.add(step.typed() + undo));
    create.settings().forEach(step -> statements.add(step.typed() + undo));
    return statements;
  }

  /** What lets both change places, likewise. */
  public List<String> swapping() {
    List<String> statements = new ArrayList<>();
    statements.add("BEGIN;  -- undo: ROLLBACK;");
    swapSteps().forEach(step -> statements.add(step.typed()));
    statements.add(
        "COMMIT;  -- undo: "
            + Ddl.of(
                "ALTER DATABASE %I RENAME TO %I; ALTER DATABASE %I RENAME TO %I;",
                database.name(), newName, oldName, database.name()));
    return statements;
  }

  /** Makes the new database under its temporary name, empty and closed to everybody. */
  public void create() {
    server.run(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            statement.execute(create.create());
            return statement.execute(comment(newName, "the unfinished replacement of"));
          }
        });
  }

  /**
   * Lets one connection in, and among those who are not superusers no other: to fill it. Its
   * settings are not there yet, which could be in the way of that.
   */
  public void openToFill() {
    List<Step> steps = new ArrayList<>();
    if (!definition.state().defaultAcl()) {
      add(steps, Ddl.of("REVOKE ALL ON DATABASE %I FROM PUBLIC", newName));
    }
    add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS true CONNECTION LIMIT 1", newName));
    execute(steps);
  }

  /** Closes it again. */
  public void closeFilled() {
    int limit = Math.max(-1, definition.state().connectionLimit());
    List<Step> steps = new ArrayList<>();
    add(
        steps,
        Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS false CONNECTION LIMIT %D", newName, limit));
    execute(steps);
  }

  private void execute(List<Step> steps) {
    server.run(
        connection ->
            Lockouts.transaction(
                connection,
                () -> {
                  Lockouts.execute(connection, steps);
                  return true;
                }));
  }

  /**
   * Gives the new database the privileges and settings of the old one.
   *
   * @throws PgkillFailure when it would not be the like of the old one
   */
  public void furnish() {
    server.run(
        connection ->
            Lockouts.transaction(
                connection,
                () -> {
                  DatabaseDoor made = Lockouts.door(connection, newName);
                  Lockouts.execute(
                      connection, Lockouts.asOwner(connection, made, create.privileges()));
                  Lockouts.execute(connection, create.settings());
                  requireLike(Lockouts.door(connection, newName).state());
                  return true;
                }));
  }

  /**
   * Lets the new database take the old one's place, in one transaction.
   *
   * @return the server's words when the old one is in use; empty when it is done
   */
  public Optional<String> swap() {
    return server.run(
        connection -> {
          try {
            Lockouts.transaction(
                connection,
                () -> {
                  Lockouts.execute(connection, swapSteps());
                  return true;
                });
            return Optional.empty();
          } catch (SQLException e) {
            if (SqlStates.OBJECT_IN_USE.equals(e.getSQLState())) {
              return Optional.of(ServerMessages.of(e));
            }
            throw e;
          }
        });
  }

  /** Whose the old database is and the new one is to be. */
  public String owner() {
    return definition.layout().owner();
  }

  /** The name of the new database until the swap. */
  public String newName() {
    return newName;
  }

  /** The new database under its temporary name, if it is there. */
  public Optional<DatabaseInfo> unfinished() {
    return server.findDatabase(newName);
  }

  /** The old database under the name that it has after the swap. */
  public DatabaseInfo retired() {
    return new DatabaseInfo(database.oid(), oldName, null);
  }

  private List<Step> swapSteps() {
    String name = database.name();
    List<Step> steps = new ArrayList<>();
    add(steps, Ddl.of("ALTER DATABASE %I RENAME TO %I", name, oldName));
    add(steps, Ddl.of("ALTER DATABASE %I RENAME TO %I", newName, name));
    if (!invalid) {
      // the server takes neither for an invalid one, and needs neither
      add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS false", oldName));
      add(steps, Ddl.of("ALTER DATABASE %I IS_TEMPLATE false", oldName));
    }
    add(steps, comment(oldName, "the former"));
    add(steps, Ddl.of("COMMENT ON DATABASE %I IS %L", name, definition.comment()));
    if (definition.layout().template()) {
      add(steps, Ddl.of("ALTER DATABASE %I IS_TEMPLATE true", name));
    }
    if (definition.state().allowConnections()) {
      add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS true", name));
    }
    return steps;
  }

  private static void add(List<Step> steps, String sql) {
    steps.add(new Step(null, sql));
  }

  private String comment(String temporary, String what) {
    return Ddl.of(
        "COMMENT ON DATABASE %I IS %L",
        temporary,
        Ddl.of("DROP DATABASE %I;", temporary)
            + "\nThis is "
            + what
            + " database "
            + database.name()
            + ", left over if the build that recreates it is not running any more."
            + MARKER
            + database.name());
  }

  private void requireLike(DatabaseState made) {
    Set<AclEntry> wanted = definition.state().acl();
    if (!made.acl().equals(wanted)) {
      throw new PgkillFailure(
          "the server took the GRANTs, but the new database does not have the privileges of the old"
              + " one: it recorded other grantors",
          "Connect as a superuser, or regrant on the old database what its owner should have"
              + " granted.");
    }
  }
}
