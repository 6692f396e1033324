package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.text.QuerySecrets;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.ServerMessages;
import io.github.pgkill.postgres.core.SqlStates;
import io.github.pgkill.postgres.lockout.DatabaseAccess;
import io.github.pgkill.postgres.lockout.DatabaseClaim;
import io.github.pgkill.postgres.lockout.LockoutFound;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.RoleStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A new database takes the place of another one, whose like it is: both are renamed in one
 * transaction, so that there is no moment without a database.
 */
public final class Recreation extends UnfinishedDatabase {

  private final boolean invalid;
  private final String oldName;

  Recreation(Server server, DatabaseInfo database, int key, @Nullable Template template) {
    super(server, database, read(server, database, lockout(server, database)), key, template);
    this.oldName = Leftover.name(Leftover.Kind.OLD, database.oid(), key);
    this.invalid = new Databases(server).invalid(database);
    server.run(this::requireWritable);
  }

  @Override
  String described() {
    return "the unfinished replacement of" + ofDatabase();
  }

  /** Asks the server before anything is done, whose literals take no bytes that are no text. */
  private boolean requireWritable(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (ServerText text : definition.texts()) {
        statement.execute(Ddl.of("SELECT pg_catalog.octet_length(%L)", text));
      }
      return true;
    } catch (SQLException e) {
      if (!SqlStates.UNKNOWN_BYTES.equals(e.getSQLState())) {
        throw e;
      }
      throw new PgkillFailure(
          "the comment or a setting of database "
              + database.name()
              + " was written from a database with another encoding, and could not be written so"
              + " for the new one: "
              + ServerMessages.of(e),
          "Connect to one of that encoding: -Dpgkill.maintenanceDatabase=...",
          e);
    }
  }

  private static @Nullable LockoutRecord lockout(Server reader, DatabaseInfo database) {
    LockoutFound found = new Lockouts(reader).look(database);
    return found instanceof LockoutFound.Closed closed ? closed.record() : null;
  }

  private static DatabaseDefinition read(
      Server reader, DatabaseInfo database, @Nullable LockoutRecord lockout) {
    return reader.run(
        connection -> {
          DatabaseAccess access = Lockouts.access(connection, database.name());
          NameLock.require(connection, database);
          return DatabaseDefinition.read(connection, access, lockout);
        });
  }

  private DatabaseState state(Server reader) {
    return reader.run(connection -> Lockouts.access(connection, database.name()).state());
  }

  /**
   * Holds the old one still for the transaction, and refuses to replace what is not any more what
   * the new one was built after.
   */
  private void requireUnchanged(Connection connection) throws SQLException {
    if (invalid) {
      // the server changes nothing of it
      return;
    }
    DatabaseClaim.freeze(connection, database.name());
    Server witness = server.witness();
    LockoutRecord lockout = lockout(witness, database);
    List<String> changes = definition.changesIn(read(witness, database, lockout));
    if (lockout != null && !lockout.after().isLike(state(witness))) {
      changes.add("its privileges or its connection limit, while it was closed");
    }
    if (!changes.isEmpty()) {
      throw new PgkillFailure(
          "somebody changed database "
              + database.name()
              + " while the new one was built: "
              + String.join("; ", changes)
              + ". Nothing was replaced",
          "Run the goal again, which takes the change over.");
    }
  }

  @Override
  public List<String> placing() {
    List<String> statements = new ArrayList<>();
    statements.add("BEGIN;  -- undo: ROLLBACK;");
    for (String claim : List.of(retiring(), taking())) {
      statements.add(QuerySecrets.masked(claim) + ";");
    }
    swapSteps().forEach(step -> statements.add(step.typed()));
    statements.add(
        "COMMIT;  -- undo: "
            + Ddl.of(
                "ALTER DATABASE %I RENAME TO %I; ALTER DATABASE %I RENAME TO %I;",
                database.name(), newName(), oldName, database.name()));
    return statements;
  }

  /**
   * Lets the new database take the old one's place: locks both names first, so that they lead where
   * they led when we looked.
   *
   * @throws PgkillFailure when somebody else has renamed or dropped one of them
   */
  @Override
  void place(Connection connection, DatabaseInfo fresh) throws SQLException {
    NameLock.take(connection, database, formerly());
    NameLock.take(connection, fresh, definition.comment());
    requireUnchanged(connection);
    Lockouts.execute(connection, swapSteps());
    NameLock.require(connection, retired());
    NameLock.require(connection, new DatabaseInfo(fresh.oid(), database.name(), null));
  }

  @Override
  String inTheWay(Connection connection, DatabaseInfo fresh, SQLException e) throws SQLException {
    if (SqlStates.OBJECT_IN_USE.equals(e.getSQLState())) {
      return ServerMessages.of(e);
    }
    if (SqlStates.LOCK_NOT_AVAILABLE.equals(e.getSQLState())) {
      return whoHas(connection, database, fresh) + ServerMessages.of(e);
    }
    // another database may have the name, and another owner
    NameLock.require(connection, database);
    NameLock.require(connection, fresh);
    throw e;
  }

  private static String whoHas(Connection connection, DatabaseInfo... databases)
      throws SQLException {
    StringBuilder who = new StringBuilder();
    for (DatabaseInfo locked : databases) {
      NameLock.others(connection, locked, false).ifPresent(words -> who.append(words).append(": "));
    }
    return who.toString();
  }

  /** The old database under the name that it has after the swap. */
  public DatabaseInfo retired() {
    return new DatabaseInfo(database.oid(), oldName, null);
  }

  private List<RoleStatement> swapSteps() {
    String name = database.name();
    List<RoleStatement> steps = new ArrayList<>();
    add(steps, Ddl.of("ALTER DATABASE %I RENAME TO %I", name, oldName));
    add(steps, Ddl.of("ALTER DATABASE %I RENAME TO %I", newName(), name));
    if (!invalid) {
      // the server takes neither for an invalid one, and needs neither
      add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS false", oldName));
      add(steps, Ddl.of("ALTER DATABASE %I IS_TEMPLATE false", oldName));
    }
    if (definition.layout().template()) {
      add(steps, Ddl.of("ALTER DATABASE %I IS_TEMPLATE true", name));
    }
    if (definition.state().allowConnections()) {
      add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS true", name));
    }
    return steps;
  }

  /** The statement that says of the old one what it becomes; its lock keeps the name. */
  private String retiring() {
    return Ddl.of("COMMENT ON DATABASE %I IS %L", database.name(), formerly());
  }

  private String taking() {
    return Ddl.of("COMMENT ON DATABASE %I IS %L", newName(), definition.comment());
  }

  private String formerly() {
    return comment(oldName, "the former" + ofDatabase());
  }

  private String ofDatabase() {
    return " database " + database.name() + " (object id " + database.oid() + ")";
  }

  @Override
  void requireLike(DatabaseAccess made) {
    Set<AclEntry> wanted = definition.state().acl();
    if (!made.state().acl().equals(wanted)) {
      throw new PgkillFailure(
          "the server took the GRANTs, but the new database does not have the privileges of the old"
              + " one: it recorded other grantors",
          "Connect as a superuser, or regrant on the old database what its owner should have"
              + " granted.");
    }
  }
}
