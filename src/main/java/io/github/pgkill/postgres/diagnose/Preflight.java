package io.github.pgkill.postgres.diagnose;

import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.diagnose.Blocker.Kind;
import io.github.pgkill.model.diagnose.Removal;
import io.github.pgkill.model.diagnose.Removal.Action;
import io.github.pgkill.model.prepared.PreparedTransaction;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.BackendTypes;
import io.github.pgkill.model.sessions.Exclusion;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.Refusal.Cause;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionName;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.OwnSessions;
import io.github.pgkill.postgres.core.Rows;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.core.Sql;
import io.github.pgkill.postgres.database.DropStatement;
import io.github.pgkill.postgres.prepared.PreparedCandidate;
import io.github.pgkill.postgres.prepared.PreparedTransactions;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Refusals;
import io.github.pgkill.postgres.sessions.Sessions;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What a server shows of all that may be in the way of a database. Changes nothing. */
public final class Preflight {

  private final Server server;
  private final DatabaseInfo database;

  public Preflight(Server server, DatabaseInfo database) {
    this.server = server;
    this.database = database;
  }

  /**
   * What besides sessions stops DROP DATABASE, or would vanish with it, each with the statement
   * that removes it.
   */
  public List<Obstacle> obstacles() {
    List<Obstacle> obstacles = new ArrayList<>();
    new PreparedTransactions(server, database)
        .look(null)
        .forEach(found -> obstacles.add(new Obstacle(prepared(found), found.transaction())));
    server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("diagnose/drop-obstacles"),
                statement -> {
                  statement.set("database", database.oid());
                  statement.set("name", database.name());
                },
                row -> obstacles.add(new Obstacle(obstacle(row), null))));
    return obstacles;
  }

  /** What our role may do with the database; empty when it is gone. */
  public List<Abilities> abilities() {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("diagnose/abilities"),
                statement -> statement.set("database", database.oid()),
                row ->
                    new Abilities(
                        row.getBoolean("superuser"),
                        row.getBoolean("creates_databases"),
                        row.getBoolean("owns"),
                        row.getString("owner"),
                        row.getBoolean("template"),
                        row.getBoolean("invalid"),
                        row.getBoolean("allows_connections"),
                        row.getBoolean("connects"),
                        row.getString("data_directory"))));
  }

  /** Every process that is connected to the database, save parallel workers and our own. */
  public Sessions processes() {
    return Sessions.of(
        server, database, SessionFilter.builder().backendTypes(backendTypes()).build());
  }

  /**
   * Clients, and the kinds of extensions' background workers that are connected to the database
   * now: some are started anew as soon as they are ended, until the database takes no connections.
   * What the server itself ends or keeps is not among them.
   */
  public SessionFilter clientsAndWorkers() {
    List<String> types = new ArrayList<>(backendTypes());
    types.removeIf(type -> !BackendTypes.isExtensions(type));
    types.add(0, SessionFilter.CLIENT_BACKEND);
    return SessionFilter.builder().backendTypes(types).interruptMigrations(true).build();
  }

  private List<String> backendTypes() {
    return server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("diagnose/backend-types"),
                statement -> statement.set("database", database.oid()),
                row -> row.getString("backend_type")));
  }

  /**
   * Who has something of the database locked, or waits to lock it. Tables have names only when this
   * server is connected to that database.
   */
  public List<HeldLocks> locks() {
    Set<Integer> own = ownPids();
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("diagnose/held-locks"),
                    statement -> statement.set("database", database.oid()),
                    row ->
                        new HeldLocks(
                            Rows.integer(row, "pid"),
                            row.getString("gid"),
                            row.getInt("tables"),
                            row.getInt("objects"),
                            Rows.strings(row, "database"),
                            Rows.strings(row, "names"))))
        .stream()
        .filter(locks -> locks.pid() == null || !own.contains(locks.pid()))
        .toList();
  }

  /** The base backups that are being sent, as far as this role may see them. */
  public List<Blocker> baseBackups() {
    return server.run(
        connection ->
            Rows.query(connection, Sql.named("diagnose/base-backups"), Preflight::baseBackup));
  }

  /** How many clients each other database of the server has. */
  public Map<String, Integer> clientsElsewhere() {
    Map<String, Integer> clients = new LinkedHashMap<>();
    server.run(
        connection ->
            Rows.query(
                connection,
                Sql.named("diagnose/clients-elsewhere"),
                statement -> {
                  statement.set("database", database.oid());
                  statement.set("own_pids", "int4", ownPids());
                },
                row -> clients.put(row.getString("name"), row.getInt("clients"))));
    return clients;
  }

  /** The clients' sessions of all other databases. */
  public List<Session> sessionsElsewhere() {
    return clientsElsewhere().keySet().stream()
        .flatMap(name -> server.findDatabase(name).stream())
        .flatMap(other -> Sessions.of(server, other, SessionFilter.ALL_CLIENTS).select().stream())
        .filter(candidate -> candidate.excludedBy() != Exclusion.OWN_SESSION)
        .map(Candidate::session)
        .toList();
  }

  /** A session of whichever database; empty when it is gone, or hidden. */
  public Optional<Session> session(int pid) {
    return server
        .run(
            connection ->
                Rows.query(
                    connection,
                    Sql.named("diagnose/backend-database"),
                    statement -> statement.set("pid", pid),
                    row -> new DatabaseInfo(row.getLong("oid"), row.getString("name"), null)))
        .stream()
        .flatMap(
            where ->
                Sessions.of(server, where, SessionFilter.builder().pids(List.of(pid)).build())
                    .select()
                    .stream())
        .map(Candidate::session)
        .findFirst();
  }

  /** The locks by which migration tools keep each other out. */
  public MigrationLocks migrationLocks() {
    return new MigrationLocks(server, database);
  }

  /**
   * Why the server would not let our role end this session, told without trying; empty where it
   * would.
   */
  public Optional<Refusal> foreseen(Session session) {
    return server.run(connection -> Refusals.foreseen(connection, session));
  }

  /** The statement that drops the database. */
  public String drop() {
    return DropStatement.statement(database);
  }

  /** The statement that copies it. */
  public String copy(String name) {
    return Ddl.of("CREATE DATABASE %I TEMPLATE %I;", name, database.name());
  }

  /** What would let our role do what only the owner may. */
  public String grantOwner(String owner) {
    return Ddl.of("GRANT %I TO %I;", owner, server.info().role());
  }

  /** What would let our role create databases. */
  public String allowCreating() {
    return Ddl.of("ALTER ROLE %I CREATEDB;", server.info().role());
  }

  /** The statement that lets clients in again. */
  public String allowConnections() {
    return Ddl.of("ALTER DATABASE %I ALLOW_CONNECTIONS true;", database.name());
  }

  /** What would let our role connect. */
  public String grantConnect() {
    return Ddl.of("GRANT CONNECT ON DATABASE %I TO %I;", database.name(), server.info().role());
  }

  private static Set<Integer> ownPids() {
    return OwnSessions.open().stream().map(SessionId::pid).collect(Collectors.toSet());
  }

  private static Blocker baseBackup(ResultSet row) throws SQLException {
    String application = row.getString("application_name");
    return new Blocker(
        Kind.BASE_BACKUP,
        "base backup by "
            + SessionName.of(row.getInt("pid"), row.getString("username"), application)
            + " from "
            + row.getString("client"),
        Rows.millis(row, "age"),
        row.getInt("pid"),
        false,
        null,
        null,
        null);
  }

  private Blocker obstacle(ResultSet row) throws SQLException {
    String name = row.getString("name");
    boolean removable = row.getBoolean("removable");
    return switch (row.getString("kind")) {
      case "TEMPLATE" ->
          obstacle(
              Kind.TEMPLATE,
              "the database is marked as a template",
              new Removal(
                  Action.UNMARK_TEMPLATE, Ddl.of("ALTER DATABASE %I IS_TEMPLATE false;", name)),
              removable
                  ? null
                  : new Refusal(Cause.OWNER_ONLY, "only its owner may take that mark off"));
      case "ACTIVE_SLOT" -> slot(name, Rows.integer(row, "pid"), removable);
      case "IDLE_SLOT" -> slot(name, null, removable);
      default -> subscription(name, row.getString("owner"), removable);
    };
  }

  private Blocker prepared(PreparedCandidate found) {
    PreparedTransaction transaction = found.transaction();
    String owner = transaction.owner();
    String statement = PreparedTransactions.statement(transaction);
    return new Blocker(
        Kind.PREPARED_TRANSACTION,
        PreparedTransactions.named(transaction),
        transaction.age(),
        null,
        true,
        new Removal(
            Action.ROLLBACK_PREPARED,
            found.mayEnd() && found.become() != null
                ? statement + Ddl.of("  -- after SET ROLE %I;", found.become())
                : statement),
        database.name(),
        found.mayEnd()
            ? null
            : new Refusal(
                Cause.OWNER_ONLY,
                "only role "
                    + owner
                    + " or a superuser may end it: connect as that role, or "
                    + grantOwner(owner)));
  }

  private Blocker slot(String name, @Nullable Integer pid, boolean removable) {
    Refusal refusal =
        removable
            ? null
            : new Refusal(
                Cause.PRIVILEGE,
                "only a role with REPLICATION may drop it",
                Ddl.of("ALTER ROLE %I REPLICATION;", server.info().role()));
    return new Blocker(
        Kind.REPLICATION_SLOT,
        "logical replication slot " + name + (pid == null ? "" : ", in use by pid " + pid),
        null,
        pid,
        pid != null,
        new Removal(
            Action.DROP_REPLICATION_SLOT, Ddl.of("SELECT pg_drop_replication_slot(%L);", name)),
        null,
        refusal);
  }

  private Blocker subscription(String name, @Nullable String owner, boolean removable) {
    return obstacle(
            Kind.SUBSCRIPTION,
            "subscription " + name,
            new Removal(Action.DROP_SUBSCRIPTION, Ddl.of("DROP SUBSCRIPTION %I;", name)),
            removable
                ? null
                : new Refusal(Cause.OWNER_ONLY, "only its owner, role " + owner + ", may drop it"))
        .in(database.name());
  }

  private static Blocker obstacle(
      Kind kind, String what, Removal removal, @Nullable Refusal refusal) {
    return new Blocker(kind, what, null, null, true, removal, null, refusal);
  }
}
