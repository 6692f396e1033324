package io.github.pgkill.postgres.lockout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.BuildIdentity;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.postgres.core.Ddl;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.DatabaseClaim.Outcome;
import io.github.pgkill.postgres.lockout.DatabaseClaim.Purpose;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Somebody is in the middle of changing the database when it is to be closed or opened. */
class DatabaseClaimTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final BuildIdentity BUILD = new BuildIdentity(11, "h", 1, Instant.EPOCH);

  private String name;
  private String role;
  private Server server;
  private DatabaseInfo database;
  private Connection administrator;
  private Statement statement;
  private int pid;

  @BeforeEach
  void create() throws SQLException {
    name = SERVER.createDatabase();
    role = SERVER.createRole("login");
    SERVER.execute("comment on database " + name + " is 'mine'");
    server = RandomLockoutsTest.connect(TestServer.SUPERUSER);
    database = server.findDatabase(name).orElseThrow();
    administrator = SERVER.connect("postgres", TestServer.SUPERUSER, "admin's");
    administrator.setAutoCommit(false);
    statement = administrator.createStatement();
    pid = administrator.unwrap(org.postgresql.PGConnection.class).getBackendPID();
  }

  @AfterEach
  void disconnect() throws SQLException {
    administrator.close();
    server.close();
  }

  @Test
  void whatIsCommittedMeanwhileIsKept() throws SQLException {
    for (String change :
        List.of(
            "comment on database %s is 'theirs'",
            "comment on database %s is null",
            "alter database %s connection limit 7",
            "grant temporary, create on database %s to " + role,
            "grant connect on database %s to " + role + " with grant option",
            "alter database %s is_template true",
            "alter database %s owner to " + role,
            "comment on database %1$s is 'both'; alter database %1$s connection limit 9",
            "alter database %1$s connection limit 8; comment on database %1$s is 'other order'")) {
      for (CloseWith way : CloseWith.values()) {
        statement.execute(String.format(change, name));
        CompletableFuture<LockoutFound> closing = close(way);
        awaitWaiter();
        administrator.commit();
        LockoutRecord record = ((LockoutFound.Closed) closing.join()).record();
        List<String> closed = AccessState.of(SERVER, name);
        assertThat(closed.toString()).contains("pgkill-lockout:");
        assertThat(new Lockouts(server).giveBack(record).kept()).as(change).isEmpty();
        List<String> opened = AccessState.of(SERVER, name);
        statement.execute(String.format(change, name));
        administrator.commit();
        assertThat(AccessState.of(SERVER, name)).as(change + " " + way).isEqualTo(opened);
        reset();
      }
    }
  }

  private void reset() throws SQLException {
    SERVER.execute("alter database " + name + " owner to postgres");
    SERVER.execute("alter database " + name + " connection limit -1 is_template false");
    SERVER.execute("revoke all on database " + name + " from " + role);
    SERVER.execute("comment on database " + name + " is 'mine'");
  }

  @Test
  @Tag("core")
  void whatIsCommittedWhileItOpensIsKept() throws SQLException {
    for (String change :
        List.of("comment on database %s is 'theirs'", "grant create on database %s to " + role)) {
      LockoutRecord record = ((LockoutFound.Closed) close(CloseWith.REVOKE).join()).record();
      statement.execute(String.format(change, name));
      CompletableFuture<Reopened> opening =
          CompletableFuture.supplyAsync(() -> new Lockouts(server).giveBack(record));
      awaitWaiter();
      administrator.commit();
      assertThat(opening.join().wasClosed()).isTrue();
      List<String> opened = AccessState.of(SERVER, name);
      statement.execute(String.format(change, name));
      administrator.commit();
      assertThat(AccessState.of(SERVER, name)).as(change).isEqualTo(opened);
    }
  }

  /** The server waits for the lock and resolves the name only then. */
  @Test
  @Tag("core")
  void aDatabaseThatTookTheNameMeanwhileIsNotClosed() throws SQLException {
    String production = SERVER.createDatabase();
    List<String> productions = AccessState.of(SERVER, production);
    List<String> before = AccessState.of(SERVER, name);
    long productionOid = AccessState.oid(SERVER, production);
    for (CloseWith way : CloseWith.values()) {
      statement.execute("alter database " + name + " rename to " + name + "_keep");
      statement.execute("alter database " + production + " rename to " + name);
      CompletableFuture<LockoutFound> closing = close(way);
      awaitWaiter();
      administrator.commit();
      assertThatThrownBy(closing::join)
          .isInstanceOf(CompletionException.class)
          .hasCauseInstanceOf(PgkillFailure.class)
          .hasMessageContaining("was renamed to")
          .hasMessageContaining("object id " + database.oid());
      assertThat(AccessState.of(SERVER, productionOid)).isEqualTo(productions);
      assertThat(AccessState.of(SERVER, database.oid())).isEqualTo(before);
      statement.execute("alter database " + name + " rename to " + production);
      statement.execute("alter database " + name + "_keep rename to " + name);
      administrator.commit();
    }
  }

  /** What was closed is opened, whatever its name leads to by then. */
  @Test
  @Tag("core")
  void theDatabaseThatWasClosedIsOpenedUnderItsNewName() throws SQLException {
    String production = SERVER.createDatabase();
    long productionOid = AccessState.oid(SERVER, production);
    List<String> productions = AccessState.of(SERVER, production);
    List<String> before = AccessState.of(SERVER, name);
    LockoutRecord record =
        ((LockoutFound.Closed) close(CloseWith.CONNECTION_LIMIT).join()).record();
    statement.execute("alter database " + name + " rename to " + name + "_keep");
    statement.execute("alter database " + production + " rename to " + name);
    CompletableFuture<Reopened> opening =
        CompletableFuture.supplyAsync(() -> new Lockouts(server).giveBack(record));
    awaitWaiter();
    administrator.commit();
    assertThat(opening.join().wasClosed()).isTrue();
    assertThat(AccessState.of(SERVER, database.oid())).isEqualTo(before);
    assertThat(AccessState.of(SERVER, productionOid)).isEqualTo(productions);
  }

  @Test
  @Tag("core")
  void aDroppedDatabaseIsAFailureToCloseAndNothingToOpen() throws SQLException {
    SERVER.execute("drop database " + name);
    SERVER.execute("create database " + name);
    List<String> before = AccessState.of(SERVER, name);
    assertThatThrownBy(() -> close(CloseWith.CONNECTION_LIMIT).join())
        .hasMessageContaining("is not there any more");
    assertThat(new Lockouts(server).reopen(database, BUILD).wasClosed()).isFalse();
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  @Test
  @Tag("core")
  void whoeverHoldsItTooLongIsNamedWithWhatEndsIt() throws SQLException {
    for (String change :
        List.of("comment on database %s is 'x'", "alter database %s connection limit 5")) {
      statement.execute(String.format(change, name));
      assertHeld(
          "pid " + pid + " of postgres/admin's",
          "SELECT pg_terminate_backend(pid) FROM pg_stat_get_activity(" + pid + ") WHERE");
      administrator.rollback();
      statement.execute(String.format(change, name));
      String gid = "gid'of " + name;
      statement.execute(Ddl.of("prepare transaction %L", gid));
      administrator.setAutoCommit(true);
      assertHeld(Ddl.of("prepared transaction %L", gid), Ddl.of("ROLLBACK PREPARED %L;", gid));
      statement.execute(Ddl.of("rollback prepared %L", gid));
      administrator.setAutoCommit(false);
    }
  }

  /** Once for each of them, not with every attempt. */
  @Test
  @Tag("core")
  void whileItWaitsItSaysForWhom() throws SQLException {
    List<String> said = new CopyOnWriteArrayList<>();
    statement.execute("comment on database " + name + " is 'x'");
    CompletableFuture<LockoutFound> closing =
        CompletableFuture.supplyAsync(
            () -> new Lockouts(server, said::add).close(plan(CloseWith.CONNECTION_LIMIT)));
    Eventually.within(10, () -> !said.isEmpty());
    Pause.of(Duration.ofSeconds(1));
    assertThat(said)
        .containsExactly(
            "database "
                + name
                + " is not closed yet: waiting for pid "
                + pid
                + " of postgres/admin's");
    String gid = "gid of " + name;
    statement.execute(Ddl.of("prepare transaction %L", gid));
    Eventually.within(10, () -> said.size() > 1);
    assertThat(said.get(1)).endsWith(": waiting for prepared transaction '" + gid + "'");
    administrator.setAutoCommit(true);
    statement.execute(Ddl.of("rollback prepared %L", gid));
    administrator.setAutoCommit(false);
    assertThat(closing.join()).isInstanceOf(LockoutFound.Closed.class);
  }

  private void assertHeld(String who, String what) throws SQLException {
    List<String> before = AccessState.of(SERVER, name);
    for (Purpose purpose : Purpose.values()) {
      DatabaseClaim claim =
          new DatabaseClaim(server, database.oid(), purpose, Duration.ofSeconds(1), words -> {});
      boolean closing = purpose == Purpose.CLOSE;
      assertThatThrownBy(() -> claim.with((connection, door) -> Outcome.changed(true)))
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining(closing ? "is as it was" : "is still closed")
          .hasMessageContaining(who)
          .satisfies(
              e ->
                  assertThat(((PgkillFailure) e).remedy().orElseThrow())
                      .contains(what)
                      .contains(
                          closing
                              ? "run the goal again"
                              : "mvn pgkill:restore-connect -Dpgkill.database=" + name));
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  /** Whoever waits for two locks in the other order is not the one whom the server cancels. */
  @Test
  @Tag("core")
  void theAdministratorIsNeverTheVictimOfADeadlock() throws SQLException {
    statement.execute("alter database " + name + " connection limit 6");
    CompletableFuture<LockoutFound> closing = close(CloseWith.CONNECTION_LIMIT);
    awaitWaiter();
    statement.execute("comment on database " + name + " is 'theirs'");
    administrator.commit();
    LockoutRecord record = ((LockoutFound.Closed) closing.join()).record();
    new Lockouts(server).giveBack(record);
    assertThat(AccessState.of(SERVER, name))
        .contains("comment 'theirs'")
        .anyMatch(line -> line.endsWith("limit 6 flag true"));
  }

  @Test
  @Tag("core")
  void aRoleWithASingleConnectionIsNotLeftWithAClosedDatabase() throws SQLException {
    SERVER.execute("alter database " + name + " owner to " + role);
    List<String> before = AccessState.of(SERVER, name);
    LockoutRecord record;
    try (Server owner = RandomLockoutsTest.connect(role)) {
      record =
          ((LockoutFound.Closed) new Lockouts(owner).close(plan(CloseWith.CONNECTION_LIMIT)))
              .record();
    }
    SERVER.execute("alter role " + role + " connection limit 1");
    try (Server owner = RandomLockoutsTest.connect(role)) {
      assertThat(new Lockouts(owner).giveBack(record).wasClosed()).isTrue();
      assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
      assertThatThrownBy(() -> new Lockouts(owner).close(plan(CloseWith.CONNECTION_LIMIT)))
          .hasMessageContaining(role);
    }
    assertThat(AccessState.of(SERVER, name)).isEqualTo(before);
  }

  private CompletableFuture<LockoutFound> close(CloseWith way) {
    return CompletableFuture.supplyAsync(() -> new Lockouts(server).close(plan(way)));
  }

  private ClosePlan plan(CloseWith way) {
    return new ClosePlan(database, way, null, List.of("postgres"), Reopen.NEVER, BUILD);
  }

  private void awaitWaiter() {
    Eventually.within(
        20,
        () ->
            !SERVER
                .query("select 1 from pg_stat_activity where ? = any (pg_blocking_pids(pid))", pid)
                .isEmpty());
  }
}
