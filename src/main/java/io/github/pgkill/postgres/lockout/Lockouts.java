package io.github.pgkill.postgres.lockout;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.AclEntry;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.DatabaseState;
import io.github.pgkill.model.lockout.KeptChange;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.LockoutState;
import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.server.DatabaseMoved;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.ServerText;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Identifiers;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.core.SqlStates;
import io.github.pgkill.postgres.lockout.DatabaseClaim.Outcome;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Closes databases and opens them again. The change and the record of how to undo it are one
 * transaction, for which the database is held still ({@link DatabaseClaim}): whoever else wants to
 * close or open it waits, and then sees what we did.
 */
public final class Lockouts {

  private static final int ATTEMPTS = 40;

  /** How long somebody may keep us from the row; the end of a build waits longer than that. */
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** The same for what is tried again every second. */
  private static final Duration LITTLE_PATIENCE = Duration.ofSeconds(2);

  /** What somebody else's change of the same database at the same moment ends in. */
  private static final Set<String> PASSING =
      Set.of(SqlStates.INTERNAL_ERROR, SqlStates.DEADLOCK_DETECTED);

  private static final Reopened NOTHING = new Reopened(false, List.of(), List.of());
  private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(50);

  private final Server server;
  private final Consumer<String> listener;

  public Lockouts(Server server) {
    this(server, words -> {});
  }

  /**
   * @param listener told whom closing or opening waits for
   */
  public Lockouts(Server server, Consumer<String> listener) {
    this.server = server;
    this.listener = listener;
  }

  /** What the database's comment says. */
  public LockoutFound look(DatabaseInfo database) {
    return server.run(
        connection -> found(connection, DatabaseAccess.read(connection, database.oid())));
  }

  /** Names of the databases whose comment holds a record, usable or not. */
  public List<String> recorded() {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("lockout/lockout-comments"),
                statement -> statement.set("marker", LockoutComment.MARKER.strip()),
                row -> row.getString("name")));
  }

  /** Whether this role may close the database and open it again. */
  public boolean mayClose(DatabaseInfo database) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("lockout/may-close"),
                    statement -> statement.set("database", database.oid()),
                    row -> row.getBoolean("owner")))
        .contains(true);
  }

  /** The roles that can log in and may connect to the database now. */
  public List<ConnectingRole> connectingRoles(DatabaseInfo database) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("lockout/who-may-connect"),
                statement -> statement.set("database", database.oid()),
                row -> new ConnectingRole(row.getString("name"), row.getBoolean("superuser"))));
  }

  /** The logical slots and subscriptions that live in the database, in words. */
  public List<String> replication(DatabaseInfo database) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("lockout/logical-replication"),
                statement -> {
                  statement.set("name", database.name());
                  statement.set("database", database.oid());
                },
                row -> row.getString("description")));
  }

  /**
   * Of all roles that can log in, those that a revocation does not stop when these are admitted.
   */
  public List<ConnectingRole> bypassing(Collection<String> admitted) {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("lockout/roles-bypassing"),
                statement -> statement.set("admitted", "text", admitted),
                row -> new ConnectingRole(row.getString("name"), row.getBoolean("superuser"))));
  }

  /**
   * The statements that {@link #close} would execute, and those that undo them.
   *
   * @throws PgkillFailure when it could not close the database that way
   */
  public Rehearsal rehearse(ClosePlan plan) {
    return server.run(
        connection -> {
          DatabaseAccess access = DatabaseAccess.read(connection, plan.database().oid());
          if (access == null) {
            throw new DatabaseMoved(plan.database(), null);
          }
          requireName(plan, access);
          return new Rehearsal(new CloseSteps(plan, access, named(connection, plan)).rehearsed());
        });
  }

  /**
   * Writes the record of a lockout before what is paused for it, unless there is one already. The
   * database stays open; {@link #close} then closes it, and opening it undoes the record, too.
   *
   * @return the record; what was found instead where there was one already
   * @throws PgkillFailure when the database has another name or is gone
   */
  public LockoutFound announce(ClosePlan plan) {
    return claim(plan.database().oid(), DatabaseClaim.Purpose.CLOSE, PATIENCE)
        .<LockoutFound>with(
            (connection, access) -> {
              requireName(plan, access);
              LockoutFound found = found(connection, access);
              return found instanceof LockoutFound.None
                  ? Outcome.changed(announce(connection, plan, access))
                  : Outcome.unchanged(found);
            })
        .orElseThrow(() -> new DatabaseMoved(plan.database(), null));
  }

  private LockoutFound.Closed announce(Connection connection, ClosePlan plan, DatabaseAccess access)
      throws SQLException {
    LockoutRecord record =
        record(plan, LockoutState.PAUSING, access, access, access.comment(), login(connection));
    comment(connection, access, record);
    return new LockoutFound.Closed(record, true, List.of());
  }

  /**
   * Closes the database and keeps the record, in one transaction, unless it is closed already.
   * Where it was {@linkplain #announce announced}, the record is that one.
   *
   * @return the record; what was found instead where there was one already
   * @throws PgkillFailure when somebody who should be shut out still got in, or when the database
   *     has another name or is gone; nothing is changed then
   */
  public LockoutFound close(ClosePlan plan) {
    return claim(plan.database().oid(), DatabaseClaim.Purpose.CLOSE, PATIENCE)
        .<LockoutFound>with(
            (connection, access) -> {
              requireName(plan, access);
              LockoutFound found = found(connection, access);
              if (found instanceof LockoutFound.None && plan.paused().isEmpty()) {
                return Outcome.changed(close(connection, plan, access, access.comment()));
              }
              return isAnnounced(plan, found)
                  ? Outcome.changed(
                      close(
                          connection,
                          plan,
                          access,
                          ((LockoutFound.Closed) found).record().comment()))
                  : Outcome.unchanged(found);
            })
        .orElseThrow(() -> new DatabaseMoved(plan.database(), null));
  }

  private static boolean isAnnounced(ClosePlan plan, LockoutFound found) {
    return found instanceof LockoutFound.Closed closed
        && closed.record().state() == LockoutState.PAUSING
        && closed.record().build().is(plan.build());
  }

  private DatabaseClaim claim(long oid, DatabaseClaim.Purpose purpose, Duration patience) {
    return new DatabaseClaim(server, oid, purpose, patience, listener);
  }

  /** Under another name it is not what somebody asked for any more. */
  private static void requireName(ClosePlan plan, DatabaseAccess access) {
    if (!access.name().equals(plan.database().name())) {
      throw new DatabaseMoved(plan.database(), access.name());
    }
  }

  /**
   * Undoes the lockout whose record the database bears, in one transaction, if it is that build's;
   * does nothing when there is none. Whoever looked a moment ago may have seen another one.
   *
   * @throws PgkillFailure when the record cannot be followed, or this role may not
   */
  public Reopened reopen(DatabaseInfo database, BuildIdentity whose) {
    requireUsable(database.name(), look(database));
    return claim(database.oid(), DatabaseClaim.Purpose.OPEN, PATIENCE)
        .with(
            (connection, access) -> {
              LockoutFound found = found(connection, access);
              requireUsable(access.name(), found);
              return found instanceof LockoutFound.Closed closed
                  ? outcome(reopen(connection, closed.record(), access, whose))
                  : Outcome.unchanged(NOTHING);
            })
        .orElse(NOTHING);
  }

  private static void requireUsable(String database, LockoutFound found) {
    if (found instanceof LockoutFound.Unusable unusable) {
      throw unusable(database, unusable);
    }
  }

  private static Outcome<Reopened> outcome(Reopened reopened) {
    return reopened.wasClosed() ? Outcome.changed(reopened) : Outcome.unchanged(reopened);
  }

  /**
   * Undoes our own lockout, in one transaction, even when somebody has replaced the comment that
   * held the record: then from memory, and their comment stays. Does nothing when somebody has
   * opened the database already, or when it is gone.
   *
   * @throws PgkillFailure when this role may not
   */
  public Reopened giveBack(LockoutRecord ours) {
    if (!isHere(ours)) {
      return NOTHING;
    }
    return claim(ours.databaseOid(), DatabaseClaim.Purpose.OPEN, PATIENCE)
        .with((connection, access) -> outcome(giveBack(connection, ours, access)))
        .orElse(NOTHING);
  }

  private Reopened giveBack(Connection connection, LockoutRecord ours, DatabaseAccess access)
      throws SQLException {
    LockoutFound found = found(connection, access);
    if (found instanceof LockoutFound.Unusable unusable && unusable.newer() != null) {
      return new Reopened(
          false, List.of(), List.of(new KeptChange.ClosedByNewer(unusable.newer())));
    }
    return found instanceof LockoutFound.Closed closed
        ? reopen(connection, closed.record(), access, ours.build())
        : reopenFromMemory(connection, ours, access);
  }

  /**
   * Sees to it that the server has the record of our lockout: writes it anew, with the comment that
   * took its place inside, when somebody replaced it and the database is still closed.
   *
   * @return whether the database is still closed by us
   */
  public boolean tend(LockoutRecord ours) {
    if (!isHere(ours)) {
      return false;
    }
    DatabaseAccess access =
        server
            .run(
                connection ->
                    Optional.ofNullable(DatabaseAccess.read(connection, ours.databaseOid())))
            .orElse(null);
    if (access == null || isOurs(server.run(connection -> found(connection, access)), ours)) {
      return access != null;
    }
    return claim(ours.databaseOid(), DatabaseClaim.Purpose.OPEN, LITTLE_PATIENCE)
        .with((connection, still) -> record(connection, ours, still))
        .orElse(false);
  }

  private Outcome<Boolean> record(Connection connection, LockoutRecord ours, DatabaseAccess access)
      throws SQLException {
    LockoutFound found = found(connection, access);
    if (found instanceof LockoutFound.None && nothingIsBack(ours, access)) {
      comment(connection, access, ours.withComment(access.comment()));
      return Outcome.changed(true);
    }
    return Outcome.unchanged(isOurs(found, ours));
  }

  private boolean isHere(LockoutRecord ours) {
    return ours.systemIdentifier().equals(server.info().systemIdentifier());
  }

  private static boolean isOurs(LockoutFound found, LockoutRecord ours) {
    return found instanceof LockoutFound.Closed closed && closed.record().build().is(ours.build());
  }

  /**
   * Takes the record of an opened database away, whose poolers are resumed, and gives the
   * database's own comment back. Does nothing when somebody was faster.
   */
  public void resumed(LockoutRecord record) {
    claim(record.databaseOid(), DatabaseClaim.Purpose.OPEN, PATIENCE)
        .with(
            (connection, access) -> {
              if (!(found(connection, access) instanceof LockoutFound.Closed now)
                  || now.record().state() != LockoutState.RESUMING
                  || !now.record().build().is(record.build())) {
                return Outcome.unchanged(false);
              }
              giveCommentBack(connection, now.record(), access);
              return Outcome.changed(true);
            });
  }

  private static void giveCommentBack(
      Connection connection, LockoutRecord record, DatabaseAccess access) throws SQLException {
    String statement =
        Ddl.of(
            "COMMENT ON DATABASE %I IS %L",
            access.name(), LockoutComment.literal(record.comment(), access.encoding()));
    execute(connection, asOwner(connection, access, List.of(new RoleStatement(null, statement))));
  }

  private static Reopened reopenFromMemory(
      Connection connection, LockoutRecord ours, DatabaseAccess access) throws SQLException {
    boolean opened =
        Objects.equals(ours.comment(), access.comment()) && !nothingIsBack(ours, access);
    if (opened || ours.before().isLike(access.state())) {
      return NOTHING;
    }
    Reopened reopened = replay(connection, ours.withComment(access.comment()), access);
    List<KeptChange> kept = new ArrayList<>(reopened.kept());
    if (!Objects.equals(ours.comment(), access.comment())) {
      kept.add(new KeptChange.Comment());
    }
    return new Reopened(true, reopened.statements(), kept, reopened.toResume());
  }

  /** Whether the database is as closed as we left it. */
  private static boolean nothingIsBack(LockoutRecord ours, DatabaseAccess access) {
    return switch (ours.closedWith()) {
      case CONNECTION_LIMIT -> access.state().connectionLimit() == ours.after().connectionLimit();
      case ALLOW_CONNECTIONS ->
          access.state().allowConnections() == ours.after().allowConnections();
      case REVOKE -> {
        Set<AclEntry> taken = Grants.minus(ours.before().connects(), ours.after().connects());
        yield access.state().connects().stream().noneMatch(taken::contains);
      }
    };
  }

  /** Takes the advisory lock that says that the build lives; false when somebody else has it. */
  public boolean hold(BuildIdentity build, DatabaseInfo database) {
    return advisory("lockout/hold-lockout", build, database.oid());
  }

  /** Gives that lock up. */
  public boolean release(BuildIdentity build, DatabaseInfo database) {
    return advisory("lockout/release-lockout", build, database.oid());
  }

  /** What is said of a record that may not be followed. */
  public static PgkillFailure unusable(String database, LockoutFound.Unusable found) {
    if (found.newer() != null) {
      return new PgkillFailure(
          "the record of the lockout of database "
              + database
              + " is not one for this version of the plugin: "
              + found.reason(),
          "It says how to open the database, and "
              + found.newer()
              + " understands it: run pgkill:restore-connect of that version, and leave the comment"
              + " as it is.");
    }
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
                      statement.set("build", build.key());
                      statement.set("database", (int) oid);
                    },
                    row -> row.getBoolean(1)))
        .contains(true);
  }

  private LockoutFound found(Connection connection, @Nullable DatabaseAccess access)
      throws SQLException {
    if (access == null || access.comment() == null || !LockoutComment.isOne(access.comment())) {
      return new LockoutFound.None();
    }
    try {
      LockoutRecord record = LockoutComment.decode(access.comment(), access.encoding());
      String foreign = foreign(record, access);
      return foreign == null
          ? new LockoutFound.Closed(record, held(connection, record), List.of())
          : new LockoutFound.Unusable(foreign, null);
    } catch (LockoutComment.TooNew e) {
      String newer = e.plugin() == null ? "a newer version of the plugin" : "version " + e.plugin();
      return new LockoutFound.Unusable(String.valueOf(e.getMessage()), newer);
    } catch (LockoutComment.Malformed e) {
      return new LockoutFound.Unusable(String.valueOf(e.getMessage()), null);
    }
  }

  private @Nullable String foreign(LockoutRecord record, DatabaseAccess access) {
    if (!record.systemIdentifier().equals(server.info().systemIdentifier())) {
      return "it is about another server (system identifier "
          + Identifiers.quote(record.systemIdentifier())
          + "), from which this database was probably copied";
    }
    if (record.databaseOid() != access.oid()) {
      return "it is about another database of this server (object id "
          + record.databaseOid()
          + "), which this one was probably copied from or took the place of";
    }
    return null;
  }

  private static boolean held(Connection connection, LockoutRecord record) throws SQLException {
    return Rows.query(
            connection,
            Sql.named("lockout/lockout-held"),
            statement -> {
              statement.set("build", (long) record.build().key());
              statement.set("database", record.databaseOid());
              statement.set("login", record.login());
            },
            row -> row.getBoolean("held"))
        .contains(true);
  }

  private LockoutFound.Closed close(
      Connection connection, ClosePlan plan, DatabaseAccess before, @Nullable ServerText ownComment)
      throws SQLException {
    CloseSteps close = new CloseSteps(plan, before, named(connection, plan));
    List<RoleStatement> steps = asOwner(connection, before, close.steps());
    execute(connection, steps);
    DatabaseAccess after = access(connection, before.name());
    requireClosed(plan, close.taken(), after);
    LockoutRecord record =
        record(plan, LockoutState.CLOSED, before, after, ownComment, login(connection));
    comment(connection, before, record);
    return new LockoutFound.Closed(record, true, steps.stream().map(RoleStatement::typed).toList());
  }

  private static void comment(Connection connection, DatabaseAccess access, LockoutRecord record)
      throws SQLException {
    String text;
    try {
      text = LockoutComment.encodeSafely(record, access.encoding());
    } catch (LockoutComment.Malformed e) {
      throw new PgkillFailure(
          "the record that would open database "
              + access.name()
              + " again could not be read back: "
              + e.getMessage(),
          "Is the database's own comment very long? Shorten it.",
          e);
    }
    execute(
        connection,
        List.of(
            new RoleStatement(null, Ddl.of("COMMENT ON DATABASE %I IS %L", access.name(), text))));
  }

  private static long login(Connection connection) throws SQLException {
    return Rows.query(connection, Sql.named("lockout/own-login"), row -> row.getLong("oid")).get(0);
  }

  /**
   * A revocation by the wrong grantor succeeds and changes nothing: the privileges are read back.
   */
  private static void requireClosed(ClosePlan plan, Set<AclEntry> taken, DatabaseAccess after) {
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

  private LockoutRecord record(
      ClosePlan plan,
      LockoutState state,
      DatabaseAccess before,
      DatabaseAccess after,
      @Nullable ServerText ownComment,
      long login) {
    Map<Long, String> roles = new HashMap<>();
    before.roles().forEach((oid, role) -> roles.put(oid, role.name()));
    after.roles().forEach((oid, role) -> roles.put(oid, role.name()));
    return new LockoutRecord(
        LockoutComment.FORMAT,
        PluginVersion.current(),
        state,
        String.valueOf(server.info().systemIdentifier()),
        before.oid(),
        before.name(),
        plan.closeWith(),
        plan.reopen(),
        plan.build(),
        login,
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        before.state(),
        after.state(),
        ownComment,
        roles,
        List.of(),
        plan.paused().stream().map(PausedAlias::recorded).toList());
  }

  private static Reopened reopen(
      Connection connection, LockoutRecord record, DatabaseAccess access, BuildIdentity whose)
      throws SQLException {
    if (record.build().is(whose)) {
      return replay(connection, record, access);
    }
    return new Reopened(false, List.of(), List.of(new KeptChange.ClosedAgain(record.build())));
  }

  private static Reopened replay(Connection connection, LockoutRecord record, DatabaseAccess access)
      throws SQLException {
    if (record.poolers().isEmpty()) {
      return undo(connection, record, access);
    }
    if (record.state() == LockoutState.RESUMING) {
      return new Reopened(true, List.of(), List.of(), record);
    }
    // the comment is the record's until the poolers are resumed
    Reopened opened =
        record.state() == LockoutState.PAUSING
            ? new Reopened(true, List.of(), List.of())
            : undo(connection, record.withComment(access.comment()), access);
    LockoutRecord rest = record.resuming(access(connection, access.name()).state());
    comment(connection, access, rest);
    return new Reopened(true, opened.statements(), opened.kept(), rest);
  }

  private static Reopened undo(Connection connection, LockoutRecord record, DatabaseAccess access)
      throws SQLException {
    ReopenSteps reopen =
        new ReopenSteps(record, access, DatabaseAccess.roles(connection, record.roles().keySet()));
    execute(connection, asOwner(connection, access, reopen.steps()));
    DatabaseAccess after = access(connection, access.name());
    List<KeptChange> kept = new ArrayList<>(reopen.kept());
    Set<AclEntry> missing = Grants.minus(record.before().connects(), after.state().connects());
    if (!missing.isEmpty() && kept.isEmpty()) {
      kept.add(new KeptChange.NotBack(missing.size()));
    }
    return new Reopened(true, reopen.steps().stream().map(RoleStatement::typed).toList(), kept);
  }

  private static Map<String, RoleInfo> named(Connection connection, ClosePlan plan)
      throws SQLException {
    Map<String, RoleInfo> roles = new HashMap<>();
    Set<String> names = new HashSet<>(plan.admitted());
    Rows.query(
        connection,
        Sql.named("core/role-oids"),
        statement -> statement.set("names", "text", names),
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

  public static DatabaseAccess access(Connection connection, String database) throws SQLException {
    DatabaseAccess access = DatabaseAccess.read(connection, database);
    if (access == null) {
      throw new PgkillFailure("database " + database + " is not there any more", null);
    }
    return access;
  }

  public static void execute(Connection connection, List<RoleStatement> steps) throws SQLException {
    String self = currentRole(connection);
    try (Statement statement = connection.createStatement()) {
      for (RoleStatement step : steps) {
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
  public static List<RoleStatement> asOwner(
      Connection connection, DatabaseAccess access, List<RoleStatement> steps) throws SQLException {
    RoleInfo owner = access.roles().get(access.state().owner());
    boolean member =
        owner != null
            && owner.mayActAs()
            && Rows.query(
                    connection,
                    Sql.named("lockout/mere-member"),
                    statement -> statement.set("role", owner.name()),
                    row -> row.getBoolean("member"))
                .contains(true);
    return member && owner != null
        ? steps.stream()
            .map(step -> step.as() == null ? new RoleStatement(owner.name(), step.sql()) : step)
            .toList()
        : steps;
  }

  private static String currentRole(Connection connection) throws SQLException {
    return Rows.query(connection, Sql.named("core/current-role"), row -> row.getString("role"))
        .get(0);
  }

  private static void become(Connection connection, String role) throws SQLException {
    Rows.query(
        connection,
        Sql.named("lockout/set-local-role"),
        statement -> statement.set("role", role),
        row -> true);
  }

  public interface Body<T> {
    T run() throws SQLException;
  }

  /** Runs it in one transaction, again when somebody else changed the same row at the same time. */
  public static <T> T transaction(Connection connection, Body<T> body) throws SQLException {
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
