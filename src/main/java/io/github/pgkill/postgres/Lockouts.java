package io.github.pgkill.postgres;

import io.github.pgkill.model.AclEntry;
import io.github.pgkill.model.BuildIdentity;
import io.github.pgkill.model.DatabaseInfo;
import io.github.pgkill.model.DatabaseState;
import io.github.pgkill.model.LockoutRecord;
import io.github.pgkill.model.Pause;
import io.github.pgkill.model.PgkillFailure;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Closes databases and opens them again. The change and the record of how to undo it are one
 * transaction, which begins by claiming the database's row: whoever else wants to close or open it
 * waits, and then sees what we did.
 */
public final class Lockouts {

  private static final int ATTEMPTS = 40;

  /** What somebody else's change of the same database at the same moment ends in. */
  private static final Set<String> PASSING =
      Set.of(SqlStates.INTERNAL_ERROR, SqlStates.DEADLOCK_DETECTED);

  private static final Reopened NOTHING = new Reopened(false, List.of(), List.of());
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(50);

  private final Server server;

  Lockouts(Server server) {
    this.server = server;
  }

  /** What the database's comment says. */
  public LockoutFound look(DatabaseInfo database) {
    return server.run(
        connection -> found(connection, DatabaseDoor.read(connection, database.name())));
  }

  /** Names of the databases whose comment holds a record, usable or not. */
  public List<String> recorded() {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("lockout-comments"),
                statement -> statement.setString(1, LockoutComment.MARKER.strip()),
                row -> row.getString("name")));
  }

  /** Whether this role may close the database and open it again. */
  public boolean mayClose(DatabaseInfo database) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("may-close"),
                    statement -> statement.setLong(1, database.oid()),
                    row -> row.getBoolean("owner")))
        .contains(true);
  }

  /** The roles that can log in and may connect to the database now. */
  public List<Visitor> visitors(DatabaseInfo database) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("who-may-connect"),
                statement -> statement.setLong(1, database.oid()),
                row -> new Visitor(row.getString("name"), row.getBoolean("superuser"))));
  }

  /** The logical slots and subscriptions that live in the database, in words. */
  public List<String> replication(DatabaseInfo database) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("logical-replication"),
                statement -> {
                  statement.setString(1, database.name());
                  statement.setLong(2, database.oid());
                },
                row -> row.getString("description")));
  }

  /**
   * Of all roles that can log in, those that a revocation does not stop when these are admitted.
   */
  public List<Visitor> bypassing(Collection<String> admitted) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("roles-bypassing"),
                statement -> Rows.array(statement, 1, "text", admitted),
                row -> new Visitor(row.getString("name"), row.getBoolean("superuser"))));
  }

  /**
   * The statements that {@link #close} would execute, and those that undo them.
   *
   * @throws PgkillFailure when it could not close the database that way
   */
  public Rehearsal rehearse(ClosePlan plan) {
    return server.run(
        connection -> {
          DatabaseDoor door = door(connection, plan.database().name());
          return new Rehearsal(new CloseSteps(plan, door, named(connection, plan)).rehearsed());
        });
  }

  /**
   * Closes the database and keeps the record, in one transaction, unless it is closed already.
   *
   * @return the record; what was found instead where there was one already
   * @throws PgkillFailure when somebody who should be shut out still got in; nothing is changed
   *     then
   */
  public LockoutFound close(ClosePlan plan) {
    return server.run(
        connection ->
            transaction(
                connection,
                () -> {
                  DatabaseDoor door = claimed(connection, plan.database().name());
                  LockoutFound found = found(connection, door);
                  return found instanceof LockoutFound.None ? close(connection, plan, door) : found;
                }));
  }

  /**
   * Undoes the lockout whose record the database bears, in one transaction, if it is that build's;
   * does nothing when there is none. Whoever looked a moment ago may have seen another one.
   *
   * @throws PgkillFailure when the record cannot be followed, or this role may not
   */
  public Reopened reopen(DatabaseInfo database, BuildIdentity whose) {
    return server.run(
        connection ->
            transaction(
                connection,
                () -> {
                  String name = nameOf(connection, database.oid());
                  if (name == null) {
                    return NOTHING;
                  }
                  DatabaseDoor door = claimed(connection, name);
                  LockoutFound found = found(connection, door);
                  if (found instanceof LockoutFound.Unusable unusable) {
                    throw unusable(name, unusable);
                  }
                  return found instanceof LockoutFound.Closed closed
                      ? reopen(connection, closed.record(), door, whose)
                      : NOTHING;
                }));
  }

  /**
   * Undoes our own lockout, in one transaction, even when somebody has replaced the comment that
   * held the record: then from memory, and their comment stays. Does nothing when somebody has
   * opened the database already, or when it is gone.
   *
   * @throws PgkillFailure when this role may not
   */
  public Reopened giveBack(LockoutRecord ours) {
    return server.run(
        connection ->
            transaction(
                connection,
                () -> {
                  String name = ourDatabase(connection, ours);
                  if (name == null) {
                    return NOTHING;
                  }
                  DatabaseDoor door = claimed(connection, name);
                  return found(connection, door) instanceof LockoutFound.Closed closed
                      ? reopen(connection, closed.record(), door, ours.build())
                      : reopenFromMemory(connection, ours, door);
                }));
  }

  /**
   * Sees to it that the server has the record of our lockout: writes it anew, with the comment that
   * took its place inside, when somebody replaced it and the database is still closed.
   *
   * @return whether the database is still closed by us
   */
  public boolean tend(LockoutRecord ours) {
    return server.run(
        connection -> {
          String name = ourDatabase(connection, ours);
          DatabaseDoor door = name == null ? null : DatabaseDoor.read(connection, name);
          if (door == null || isOurs(found(connection, door), ours)) {
            return door != null;
          }
          return transaction(connection, () -> record(connection, ours, door.name()));
        });
  }

  private boolean record(Connection connection, LockoutRecord ours, String name)
      throws SQLException {
    DatabaseDoor door = claimed(connection, name);
    LockoutFound found = found(connection, door);
    if (found instanceof LockoutFound.None && nothingIsBack(ours, door)) {
      comment(connection, door.name(), ours.withComment(door.comment()));
      return true;
    }
    return isOurs(found, ours);
  }

  private static boolean isOurs(LockoutFound found, LockoutRecord ours) {
    return found instanceof LockoutFound.Closed closed
        && closed.record().build().key() == ours.build().key();
  }

  private @Nullable String ourDatabase(Connection connection, LockoutRecord ours)
      throws SQLException {
    return ours.systemIdentifier().equals(server.info().systemIdentifier())
        ? nameOf(connection, ours.databaseOid())
        : null;
  }

  private static @Nullable String nameOf(Connection connection, long oid) throws SQLException {
    List<String> names =
        Rows.query(
            connection,
            Sql.named("database-name"),
            statement -> statement.setLong(1, oid),
            row -> row.getString("name"));
    return names.isEmpty() ? null : names.get(0);
  }

  private static Reopened reopenFromMemory(
      Connection connection, LockoutRecord ours, DatabaseDoor door) throws SQLException {
    boolean opened = Objects.equals(ours.comment(), door.comment()) && !nothingIsBack(ours, door);
    if (opened || ours.before().equals(door.state())) {
      return NOTHING;
    }
    Reopened reopened = replay(connection, ours.withComment(door.comment()), door);
    List<String> kept = new ArrayList<>(reopened.kept());
    if (!Objects.equals(ours.comment(), door.comment())) {
      kept.add("somebody replaced its comment meanwhile: kept");
    }
    return new Reopened(true, reopened.statements(), kept);
  }

  /** Whether the database is as closed as we left it. */
  private static boolean nothingIsBack(LockoutRecord ours, DatabaseDoor door) {
    return switch (ours.closedWith()) {
      case CONNECTION_LIMIT -> door.state().connectionLimit() == ours.after().connectionLimit();
      case ALLOW_CONNECTIONS -> door.state().allowConnections() == ours.after().allowConnections();
      case REVOKE -> {
        Set<AclEntry> taken = Grants.minus(ours.before().connects(), ours.after().connects());
        yield door.state().connects().stream().noneMatch(taken::contains);
      }
    };
  }

  /** Takes the advisory lock that says that the build lives; false when somebody else has it. */
  public boolean hold(BuildIdentity build, DatabaseInfo database) {
    return advisory("hold-lockout", build, database.oid());
  }

  /** Gives that lock up. */
  public boolean release(BuildIdentity build, DatabaseInfo database) {
    return advisory("release-lockout", build, database.oid());
  }

  /** What is said of a record that may not be followed. */
  public static PgkillFailure unusable(String database, LockoutFound.Unusable found) {
    return new PgkillFailure(
        "the comment of database "
            + database
            + " looks like the record of a lockout but is not followed: "
            + found.reason(),
        "Look at it with \\l+, undo by hand what really was changed, and remove it: "
            + Ddl.of("COMMENT ON DATABASE %I IS NULL;", database));
  }

  private boolean advisory(String name, BuildIdentity build, long oid) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named(name),
                    statement -> {
                      statement.setInt(1, build.key());
                      statement.setInt(2, (int) oid);
                    },
                    row -> row.getBoolean(1)))
        .contains(true);
  }

  private LockoutFound found(Connection connection, @Nullable DatabaseDoor door)
      throws SQLException {
    if (door == null || !LockoutComment.isOne(door.comment())) {
      return new LockoutFound.None();
    }
    try {
      LockoutRecord record = LockoutComment.decode(String.valueOf(door.comment()));
      String foreign = foreign(record, door);
      return foreign == null
          ? new LockoutFound.Closed(record, held(connection, record), List.of())
          : new LockoutFound.Unusable(foreign);
    } catch (LockoutComment.Malformed e) {
      return new LockoutFound.Unusable(String.valueOf(e.getMessage()));
    }
  }

  private @Nullable String foreign(LockoutRecord record, DatabaseDoor door) {
    if (!record.systemIdentifier().equals(server.info().systemIdentifier())) {
      return "it is about another server (system identifier "
          + Identifiers.quote(record.systemIdentifier())
          + "), from which this database was probably copied";
    }
    if (record.databaseOid() != door.oid()) {
      return "it is about another database of this server (object id "
          + record.databaseOid()
          + "), which this one was probably copied from or took the place of";
    }
    return null;
  }

  private static boolean held(Connection connection, LockoutRecord record) throws SQLException {
    return Rows.query(
            connection,
            Sql.named("lockout-held"),
            statement -> {
              statement.setLong(1, record.build().key());
              statement.setLong(2, record.databaseOid());
            },
            row -> row.getBoolean("held"))
        .contains(true);
  }

  private LockoutFound.Closed close(Connection connection, ClosePlan plan, DatabaseDoor before)
      throws SQLException {
    CloseSteps close = new CloseSteps(plan, before, named(connection, plan));
    List<Step> steps = asOwner(connection, before, close.steps());
    execute(connection, steps);
    DatabaseDoor after = door(connection, before.name());
    requireClosed(plan, close.taken(), after);
    LockoutRecord record = record(plan, before, after);
    comment(connection, before.name(), record);
    return new LockoutFound.Closed(record, true, steps.stream().map(Step::typed).toList());
  }

  private static void comment(Connection connection, String database, LockoutRecord record)
      throws SQLException {
    String text;
    try {
      text = LockoutComment.encodeSafely(record);
    } catch (LockoutComment.Malformed e) {
      throw new PgkillFailure(
          "the record that would open database "
              + database
              + " again could not be read back: "
              + e.getMessage(),
          "Is the database's own comment very long? Shorten it.",
          e);
    }
    execute(
        connection,
        List.of(new Step(null, Ddl.of("COMMENT ON DATABASE %I IS %L", database, text))));
  }

  /**
   * A revocation by the wrong grantor succeeds and changes nothing: the privileges are read back.
   */
  private static void requireClosed(ClosePlan plan, Set<AclEntry> taken, DatabaseDoor after) {
    DatabaseState state = after.state();
    boolean closed =
        switch (plan.closeWith()) {
          case CONNECTION_LIMIT -> state.connectionLimit() == 0;
          case ALLOW_CONNECTIONS -> !state.allowConnections();
          case REVOKE -> state.connects().stream().noneMatch(taken::contains);
        };
    if (!closed) {
      throw new PgkillFailure(
          "the server took the statements and database "
              + after.name()
              + " is not closed: somebody else granted what this role cannot revoke",
          "Close with connection-limit or allow-connections, or as the role that granted it.");
    }
  }

  private LockoutRecord record(ClosePlan plan, DatabaseDoor before, DatabaseDoor after) {
    Map<Long, String> roles = new HashMap<>();
    before.roles().forEach((oid, role) -> roles.put(oid, role.name()));
    after.roles().forEach((oid, role) -> roles.put(oid, role.name()));
    return new LockoutRecord(
        String.valueOf(server.info().systemIdentifier()),
        before.oid(),
        before.name(),
        plan.closeWith(),
        plan.reopen(),
        plan.build(),
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        before.state(),
        after.state(),
        before.comment(),
        roles);
  }

  private static Reopened reopen(
      Connection connection, LockoutRecord record, DatabaseDoor door, BuildIdentity whose)
      throws SQLException {
    if (record.build().key() == whose.key()) {
      return replay(connection, record, door);
    }
    return new Reopened(
        false,
        List.of(),
        List.of(
            "process "
                + record.build().pid()
                + " on host "
                + record.build().host()
                + " has closed it meanwhile: left to it"));
  }

  private static Reopened replay(Connection connection, LockoutRecord record, DatabaseDoor door)
      throws SQLException {
    ReopenSteps reopen =
        new ReopenSteps(record, door, DatabaseDoor.roles(connection, record.roles().keySet()));
    execute(connection, asOwner(connection, door, reopen.steps()));
    DatabaseDoor after = door(connection, door.name());
    List<String> kept = new ArrayList<>(reopen.kept());
    Set<AclEntry> missing = Grants.minus(record.before().connects(), after.state().connects());
    if (!missing.isEmpty() && kept.isEmpty()) {
      kept.add(missing.size() + " CONNECT privileges could not be given back as they were");
    }
    return new Reopened(true, reopen.steps().stream().map(Step::typed).toList(), kept);
  }

  private static Map<String, RoleInfo> named(Connection connection, ClosePlan plan)
      throws SQLException {
    Map<String, RoleInfo> roles = new HashMap<>();
    Set<String> names = new HashSet<>(plan.admitted());
    Rows.query(
        connection,
        Sql.named("role-oids"),
        statement -> Rows.array(statement, 1, "text", names),
        row ->
            roles.put(
                row.getString("name"),
                new RoleInfo(
                    row.getLong("oid"),
                    row.getString("name"),
                    row.getBoolean("superuser"),
                    false)));
    return roles;
  }

  static DatabaseDoor door(Connection connection, String database) throws SQLException {
    DatabaseDoor door = DatabaseDoor.read(connection, database);
    if (door == null) {
      throw new PgkillFailure("database " + database + " is not there any more", null);
    }
    return door;
  }

  /**
   * Claims the database's row by a change that changes nothing, and reads it then: a concurrent
   * closing either waits for us or is visible.
   */
  private static DatabaseDoor claimed(Connection connection, String database) throws SQLException {
    DatabaseDoor door = door(connection, database);
    int limit = door.state().connectionLimit();
    if (limit < -1) {
      throw new PgkillFailure(
          "database " + database + " is invalid, left over from an interrupted DROP DATABASE",
          "It can only be dropped.");
    }
    execute(
        connection,
        List.of(new Step(null, Ddl.of("ALTER DATABASE %I CONNECTION LIMIT %D", database, limit))));
    return door(connection, database);
  }

  static void execute(Connection connection, List<Step> steps) throws SQLException {
    String self = currentRole(connection);
    try (Statement statement = connection.createStatement()) {
      for (Step step : steps) {
        if (step.as() != null) {
          become(connection, step.as());
        }
        statement.execute(step.sql());
        if (step.as() != null) {
          become(connection, self);
        }
      }
    }
  }

  /**
   * What is done for the owner by a mere member of it is done as the owner: the server would take
   * any role that the member belongs to and that holds the grant option for the grantor
   * (PostgreSQL, {@code select_best_grantor} in acl.c), and nobody would find that entry again.
   */
  static List<Step> asOwner(Connection connection, DatabaseDoor door, List<Step> steps)
      throws SQLException {
    RoleInfo owner = door.roles().get(door.state().owner());
    boolean member =
        owner != null
            && owner.mayActAs()
            && Rows.query(
                    connection,
                    Sql.named("mere-member"),
                    statement -> statement.setString(1, owner.name()),
                    row -> row.getBoolean("member"))
                .contains(true);
    return member && owner != null
        ? steps.stream()
            .map(step -> step.as() == null ? new Step(owner.name(), step.sql()) : step)
            .toList()
        : steps;
  }

  private static String currentRole(Connection connection) throws SQLException {
    return Rows.query(connection, Sql.named("current-role"), s -> {}, row -> row.getString("role"))
        .get(0);
  }

  private static void become(Connection connection, String role) throws SQLException {
    Rows.query(
        connection,
        Sql.named("set-local-role"),
        statement -> statement.setString(1, role),
        row -> true);
  }

  interface Body<T> {
    T run() throws SQLException;
  }

  /** Runs it in one transaction, again when somebody else changed the same row at the same time. */
  static <T> T transaction(Connection connection, Body<T> body) throws SQLException {
    for (int attempt = 1; ; attempt++) {
      try {
        return once(connection, body);
      } catch (SQLException e) {
        if (attempt == ATTEMPTS || !PASSING.contains(String.valueOf(e.getSQLState()))) {
          throw e;
        }
      }
      Pause.of(BETWEEN_ATTEMPTS);
    }
  }

  private static <T> T once(Connection connection, Body<T> body) throws SQLException {
    connection.setAutoCommit(false);
    boolean done = false;
    try {
      T result = body.run();
      connection.commit();
      done = true;
      return result;
    } finally {
      if (!done) {
        connection.rollback();
      }
      connection.setAutoCommit(true);
    }
  }
}
