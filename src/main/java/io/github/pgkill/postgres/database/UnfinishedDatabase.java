package io.github.pgkill.postgres.database;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.text.QuerySecrets;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.lockout.DatabaseAccess;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.RoleStatement;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A database that is built whole under a temporary name, before it gets the one that it is for.
 * From the statement on that makes it, its name says what it is, and a comment does soon after.
 */
public abstract class UnfinishedDatabase {

  static final String MARKER = "\npgkill-recreate:";

  final Server server;

  /** What it is to be. */
  final DatabaseInfo database;

  final DatabaseDefinition definition;
  private final String newName;
  private final CreateSteps create;

  /** Which databases there were before ours; empty as long as it was not tried to make it. */
  private final Set<Long> before = new HashSet<>();

  /** The new one as it was made; null as long as it is not known. */
  private @Nullable DatabaseInfo made;

  private boolean finished;

  /**
   * @param key of the build
   * @param template what it is a copy of; null for an empty one
   */
  UnfinishedDatabase(
      Server server,
      DatabaseInfo database,
      DatabaseDefinition definition,
      int key,
      @Nullable Template template) {
    this.server = server;
    this.database = database;
    this.definition = definition;
    this.newName = Leftover.name(Leftover.Kind.NEW, database.oid(), key);
    this.create = new CreateSteps(definition, newName, template);
  }

  /** What it is as long as it is not finished, for whoever finds it. */
  abstract String described();

  /** Proves of what was made that it is as wanted. */
  abstract void requireLike(DatabaseAccess made);

  /** What builds the new database, as a person would type it, the undo beside it. */
  public final List<String> building() {
    String undo = "  -- undo: " + Ddl.of("DROP DATABASE %I;", newName);
    List<String> statements = new ArrayList<>();
    statements.add(create.create() + ";" + undo);
    create.privileges().forEach(step -> statements.add(step.typed() + undo));
    create.settings().forEach(s -> statements.add(QuerySecrets.masked(s.typed()) + undo));
    return statements;
  }

  /** Makes the new database under its temporary name, empty and closed to everybody. */
  public final void create() {
    create(
        sql ->
            server.run(
                connection -> {
                  try (Statement statement = connection.createStatement()) {
                    return statement.execute(sql);
                  }
                }));
  }

  /**
   * Makes the new database under its temporary name, closed to everybody. From then on it is known
   * by its object id.
   *
   * @param executor of the one statement that makes it
   */
  public final void create(Consumer<String> executor) {
    before.addAll(
        server.run(
            connection ->
                Rows.query(
                    connection, Sql.named("database/database-oids"), row -> row.getLong("oid"))));
    executor.accept(create.create());
    made =
        unfinished().orElseThrow(() -> new PgkillFailure("database " + newName + " is gone", null));
    server.run(connection -> transaction(connection, () -> {}));
  }

  /**
   * Lets one connection in, and among those who are not superusers no other: to fill it. Its
   * settings are not there yet, which could be in the way of that.
   */
  public final void openToFill() {
    List<RoleStatement> steps = new ArrayList<>();
    if (!definition.state().defaultAcl()) {
      add(steps, Ddl.of("REVOKE ALL ON DATABASE %I FROM PUBLIC", newName));
    }
    add(steps, Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS true CONNECTION LIMIT 1", newName));
    execute(steps);
  }

  /** Closes it again. */
  public final void closeFilled() {
    int limit = Math.max(-1, definition.state().connectionLimit());
    List<RoleStatement> steps = new ArrayList<>();
    add(
        steps,
        Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS false CONNECTION LIMIT %D", newName, limit));
    execute(steps);
  }

  private void execute(List<RoleStatement> steps) {
    server.run(connection -> transaction(connection, () -> Lockouts.execute(connection, steps)));
  }

  /** Something to do to the new database while nobody can rename it. */
  private interface Work {
    void run() throws SQLException;
  }

  private boolean transaction(Connection connection, Work work) throws SQLException {
    DatabaseInfo fresh = made();
    return Lockouts.transaction(
        connection,
        () -> {
          NameLock.begin(connection);
          NameLock.take(connection, fresh, comment(newName, described()));
          work.run();
          return true;
        });
  }

  /**
   * Gives the new database its privileges and settings.
   *
   * @throws PgkillFailure when it would not be as wanted
   */
  public final void furnish() {
    server.run(
        connection ->
            transaction(
                connection,
                () -> {
                  DatabaseAccess before = Lockouts.access(connection, newName);
                  Lockouts.execute(
                      connection, Lockouts.asOwner(connection, before, create.privileges()));
                  Lockouts.execute(connection, create.settings());
                  requireLike(Lockouts.access(connection, newName));
                }));
  }

  /**
   * Gives it its place and opens it, in one transaction, after which it is not to be discarded any
   * more.
   *
   * @param patience how long to wait for each lock
   * @return who or what is in the way; empty when it is done
   * @throws PgkillFailure when a name does not lead any more where it led when we looked
   */
  public final Optional<String> place(Duration patience) {
    DatabaseInfo fresh = made();
    return server.run(
        connection -> {
          try {
            Lockouts.transaction(
                connection,
                () -> {
                  NameLock.begin(connection);
                  NameLock.patience(connection, patience);
                  place(connection, fresh);
                  return true;
                });
            finished = true;
            return Optional.empty();
          } catch (SQLException e) {
            return Optional.of(inTheWay(connection, fresh, e));
          }
        });
  }

  /** What gives it its place, in a transaction that was begun, and proves it. */
  abstract void place(Connection connection, DatabaseInfo fresh) throws SQLException;

  /**
   * Who or what was in the way.
   *
   * @throws SQLException what nobody expected
   */
  abstract String inTheWay(Connection connection, DatabaseInfo fresh, SQLException e)
      throws SQLException;

  /** The statements that {@link #place} executes, as a person would type them. */
  public abstract List<String> placing();

  /** Whose it is to be. */
  public final String owner() {
    return definition.layout().owner();
  }

  /** Its name until it has its place. */
  public final String newName() {
    return newName;
  }

  /** The new database, if it was made, is there and has not got its place. */
  public final Optional<DatabaseInfo> unfinished() {
    if (finished) {
      return Optional.empty();
    }
    if (made != null) {
      return new Databases(server).currentName(made).isPresent()
          ? Optional.of(made)
          : Optional.empty();
    }
    // one that was there before has our name by chance or malice
    return before.isEmpty()
        ? Optional.empty()
        : server.findDatabase(newName).filter(found -> !before.contains(found.oid()));
  }

  final DatabaseInfo made() {
    return Objects.requireNonNull(made, "it is made first");
  }

  static void add(List<RoleStatement> steps, String sql) {
    steps.add(new RoleStatement(null, sql));
  }

  final String comment(String temporary, String what) {
    return Ddl.of("DROP DATABASE %I;", temporary)
        + "\nThis is "
        + what
        + ", left over if the build that recreates it is not running any more."
        + MARKER
        + database.name();
  }
}
