package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.lockout.BuildLockouts;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.failure.StillDropping;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
@Tag("newest")
final class RecreateDatabaseTest {

  private static final TestServer SERVER =
      TestServer.start(Map.of("allow_in_place_tablespaces", "on"));

  private static final String EVERYTHING =
      """
      select line from pg_database d cross join lateral (
        select (to_jsonb(d) - 'oid' - 'datacl' - 'datfrozenxid' - 'datminmxid')::text
        union all
        select 'acl ' || e::text
        from aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) e
        union all
        select 'default acl ' || (d.datacl is null)
        union all
        select 'set ' || coalesce(s.setrole::regrole::text, '-') || s.setconfig::text
        from pg_db_role_setting s where s.setdatabase = d.oid
        union all
        select 'depends ' || p.refobjid::regrole || p.deptype::text
        from pg_shdepend p
        where p.classid = 'pg_database'::regclass and p.objid = d.oid
          and p.refclassid = 'pg_authid'::regclass
        union all
        select 'comment ' || shobj_description(d.oid, 'pg_database')
      ) l (line)
      where d.datname = ? order by 1
      """;

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void theNewDatabaseIsTheLikeOfTheOldOneAndEmpty() throws SQLException {
    String owner = SERVER.createRole("login");
    String lead = SERVER.createRole("login");
    String reader = SERVER.createRole("login");
    String database = SERVER.createDatabase();
    SERVER.execute("create tablespace ts_" + database + " location ''");
    SERVER.execute("alter database " + database + " set tablespace ts_" + database);
    for (String statement :
        List.of(
            "alter database %1$s owner to %2$s",
            "revoke connect on database %1$s from public",
            "grant connect, create on database %1$s to %3$s with grant option",
            "set role %3$s; grant connect on database %1$s to %4$s; reset role",
            "alter database %1$s connection limit 17",
            "alter database %1$s set search_path to \"$user\", public, 'odd, \"name\"'",
            "alter database %1$s set work_mem to '64MB'",
            "alter database %1$s set app.motto to 'it''s \\ fine'",
            "alter database %1$s set pgkill.note to ''",
            "alter role %4$s in database %1$s set statement_timeout to '1min'",
            "alter role %4$s in database %1$s set search_path to ''",
            "comment on database %1$s is 'line one\nit''s two'")) {
      SERVER.execute(String.format(statement, database, owner, lead, reader));
    }
    SERVER.execute(database, "create table content ()");
    List<String> before = SERVER.query(EVERYTHING, database);
    assertThat(before).hasSizeGreaterThan(10);

    Termination recreated = DropJobs.on(SERVER, database).recreate();

    assertThat(recreated.verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertEmpty(database);
    assertNothingLeftOver();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encoding 'LATIN1' locale 'C'",
        "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'POSIX'",
        "15:locale_provider icu icu_locale 'de-u-co-phonebk' locale 'C'",
        "16:locale_provider icu icu_locale 'en' icu_rules '&b < a' locale 'C'",
        "17:locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'",
        "18:locale_provider builtin builtin_locale 'PG_UNICODE_FAST' locale 'C'"
      })
  void encodingAndLocaleAreKept(String options) throws SQLException {
    int major = options.contains(":") ? Integer.parseInt(options.substring(0, 2)) : 0;
    assumeTrue(SERVER.major() >= major);
    String database = "locale_" + Integer.toHexString(options.hashCode());
    SERVER.execute(
        "create database "
            + database
            + " template template0 is_template true "
            + options.replaceFirst("^\\d+:", ""));
    SERVER.execute("revoke all on database " + database + " from public, postgres");
    List<String> before = SERVER.query(EVERYTHING, database);
    DropJobs.on(SERVER, database).recreate();
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertNothingLeftOver();
  }

  @Test
  void anOwnerWithCreatedbCanDoItWhileClientsComeBack() throws SQLException {
    String owner = SERVER.createRole("login createdb");
    String database = ownedBy(owner);
    List<String> before = SERVER.query(EVERYTHING, database);
    try (StubbornClients clients = StubbornClients.of(SERVER, database).as(owner, "pool")) {
      clients.storm(20);
      Termination recreated = DropJobs.on(SERVER, database).as(owner).recreate();
      assertThat(recreated.results()).hasSizeGreaterThanOrEqualTo(20);
      assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
      Eventually.within(
          20,
          () ->
              SERVER.query("select 1 from pg_stat_activity where datname = ?", database).size()
                  == 20);
    }
    assertNothingLeftOver();
  }

  @Test
  void aMereMemberOfTheOwnerKeepsTheGrantors() throws SQLException {
    String owner = SERVER.createRole("nologin");
    String lead = SERVER.createRole("nologin");
    String member = SERVER.createRole("login createdb in role " + owner + ", " + lead);
    String database = ownedBy(owner);
    SERVER.execute("grant connect on database " + database + " to " + lead + " with grant option");
    SERVER.execute("revoke temporary on database " + database + " from public");
    List<String> before = SERVER.query(EVERYTHING, database);
    DropJobs.on(SERVER, database).as(member).recreate();
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertNothingLeftOver();
  }

  @Test
  void withoutCreatedbNobodyIsTouched() throws SQLException {
    String owner = SERVER.createRole("login");
    String database = ownedBy(owner);
    try (StubbornClients clients = StubbornClients.of(SERVER, database).as(owner, "pool")) {
      StubbornClients.Client client = clients.idle();
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).as(owner).recreate())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("may not create databases; nothing was touched");
      assertThat(client.alive()).isTrue();
    }
    assertNothingLeftOver();
  }

  @Test
  void aGrantorThatCannotBeActedForIsFoundBeforeAnybodyIsTouched() throws SQLException {
    String owner = SERVER.createRole("login createdb");
    String lead = SERVER.createRole("login");
    String database = ownedBy(owner);
    SERVER.execute("grant connect on database " + database + " to " + lead + " with grant option");
    SERVER.execute("set role " + lead + "; grant connect on database " + database + " to public");
    List<String> before = SERVER.query(EVERYTHING, database);
    try (StubbornClients clients = StubbornClients.of(SERVER, database).as(owner, "pool")) {
      StubbornClients.Client client = clients.idle();
      assertThatThrownBy(() -> DropJobs.on(SERVER, database).as(owner).recreate())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("may not act");
      assertThat(client.alive()).isTrue();
    }
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertNothingLeftOver();
  }

  @Test
  void aSessionThatStaysLeavesEverythingAsItWas() throws SQLException {
    String owner = SERVER.createRole("login createdb");
    String database = ownedBy(owner);
    SERVER.execute(database, "create table content ()");
    List<String> before = SERVER.query(EVERYTHING, database);
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client client = clients.idle();
      assertThatThrownBy(
              () ->
                  DropJobs.on(SERVER, database).as(owner).timeout(Duration.ofSeconds(3)).recreate())
          .isInstanceOf(PgkillFailure.class);
      assertThat(client.alive()).isTrue();
    }
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", database)).hasSize(1);
    assertNothingLeftOver();
  }

  @Test
  void whatSomebodyChangesMeanwhileIsNotLost() throws SQLException {
    String role = SERVER.createRole("login");
    String database = SERVER.createDatabase();
    String granted =
        "select 1 from pg_database d, aclexplode(d.datacl) a where d.datname = '"
            + database
            + "' and a.grantee = '"
            + role
            + "'::regrole";
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client slow = clients.idle();
      slow.freeze();
      CompletableFuture<Void> administrator =
          CompletableFuture.runAsync(
              () -> {
                grantOnceClosed(database, role);
                slow.thaw();
              });
      assertThatThrownBy(
              () -> DropJobs.on(SERVER, database).timeout(Duration.ofSeconds(8)).recreate())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("somebody changed database " + database)
          .hasMessageContaining("privileges");
      administrator.join();
    }
    assertThat(SERVER.query(granted)).hasSize(1);
    assertNothingLeftOver();

    DropJobs.on(SERVER, database).recreate();
    assertThat(SERVER.query(granted)).hasSize(1);
  }

  private static void grantOnceClosed(String database, String role) {
    try {
      Eventually.within(
          20,
          () ->
              SERVER
                  .query("select datallowconn::text from pg_database where datname = ?", database)
                  .contains("false"));
      SERVER.execute("grant create on database " + database + " to " + role);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoHoldsTheNewOneKeepsBothWhereTheyAre() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute(database, "create table content ()");
    List<String> before = withoutTheSpelling(SERVER.query(EVERYTHING, database));
    try (StubbornClients clients = StubbornClients.of(SERVER, database)) {
      StubbornClients.Client slow = clients.idle();
      slow.freeze();
      CompletableFuture<Connection> holder =
          CompletableFuture.supplyAsync(
              () -> {
                Connection connection = commentOnTheNewOne();
                slow.thaw();
                return connection;
              });
      DropJobs job = DropJobs.on(SERVER, database).timeout(Duration.ofSeconds(8));
      assertThatThrownBy(job::recreate)
          .isInstanceOf(PgkillException.class)
          .hasMessageMatching("(?s).*pid \\d+ of postgres/.*has a lock on database pgkill_new_.*");
      assertThat(job.said())
          .contains("WARN the goal failed, and then this: the unfinished database pgkill_new_");
      assertThat(withoutTheSpelling(SERVER.query(EVERYTHING, database))).isEqualTo(before);
      assertThat(tables(database)).isEqualTo("1");
      holder.join().close();
    }
    DropJobs.on(SERVER, database).recreate();
    assertNothingLeftOver();
  }

  /** A default that was closed and opened again comes back spelled out, which is the same. */
  private static List<String> withoutTheSpelling(List<String> everything) {
    return everything.stream()
        .filter(line -> line == null || !line.startsWith("default acl"))
        .toList();
  }

  @Test
  void aDropOfTheOldOneThatTheServerHoldsUpLeavesTheNewOneInPlace() throws SQLException {
    assumeTrue(SERVER.major() >= 15);
    String database = SERVER.createDatabase();
    SERVER.execute(database, "create table content ()");
    List<String> before = SERVER.query(EVERYTHING, database);
    try (StubbornClients elsewhere = StubbornClients.of(SERVER, "postgres")) {
      StubbornClients.Client stopped = elsewhere.idle();
      stopped.freeze();
      try {
        assertThatThrownBy(
                () -> DropJobs.on(SERVER, database).timeout(Duration.ofSeconds(3)).recreate())
            .isInstanceOf(StillDropping.class)
            .hasMessageContaining("is recreated")
            .hasMessageContaining("now pgkill_old_");
        assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
      } finally {
        stopped.thaw();
      }
      Eventually.within(30, () -> SERVER.unfinishedDatabases().isEmpty());
    }
    assertEmpty(database);
  }

  @Test
  void anInvalidDatabaseIsReplaced() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("comment on database " + database + " is 'was precious'");
    List<String> before = SERVER.query(EVERYTHING, database);
    SERVER.execute("update pg_database set datconnlimit = -2 where datname = '" + database + "'");
    DropJobs.on(SERVER, database).recreate();
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertNothingLeftOver();
  }

  @Test
  void aLockoutOfThisBuildDoesNotLeakIntoTheNewDatabase() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("comment on database " + database + " is 'precious'");
    List<String> before = SERVER.query(EVERYTHING, database);
    DropJobs job = DropJobs.on(SERVER, database);
    job.closeForTheBuild();
    assertThat(SERVER.query(EVERYTHING, database)).isNotEqualTo(before);
    job.recreate();
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertThat(BuildLockouts.isEmpty()).isTrue();
  }

  @Test
  void aDatabaseThatNobodyMayConnectToStaysSo() throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " allow_connections false");
    List<String> before = SERVER.query(EVERYTHING, database);
    DropJobs.on(SERVER, database).recreate();
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
  }

  @Test
  void missingAndProtectedOnesAreRefusedAsForDropping() {
    assertThatThrownBy(() -> DropJobs.on(SERVER, "never_was").recreate())
        .isInstanceOf(PgkillFailure.class);
    assertThatThrownBy(() -> DropJobs.on(SERVER, "postgres").through("template1").recreate())
        .isInstanceOf(GuardRefusal.class);
  }

  @Test
  void aDryRunPrintsTheStatementsInOrderAndChangesNothing() throws SQLException {
    String database = SERVER.createDatabase();
    List<String> before = SERVER.query(EVERYTHING, database);
    List<String> statements = DropJobs.on(SERVER, database).dryRun().recreate().statements();
    List<String> order = new ArrayList<>();
    for (String statement : statements) {
      order.add(statement.replaceAll("(?s)^(\\w+) ?(\\w*).*", "$1 $2"));
    }
    assertThat(order)
        .startsWith("CREATE DATABASE")
        .containsSubsequence("ALTER DATABASE", "BEGIN ", "ALTER DATABASE", "COMMIT ")
        .endsWith("DROP DATABASE");
    assertThat(SERVER.query(EVERYTHING, database)).isEqualTo(before);
    assertNothingLeftOver();
  }

  private static Connection commentOnTheNewOne() {
    AtomicReference<String> name = new AtomicReference<>();
    Eventually.within(
        20,
        () -> {
          SERVER
              .query(
                  "select datname from pg_database where datname ~ '^pgkill_new'"
                      + " and shobj_description(oid, 'pg_database') is not null")
              .stream()
              .findFirst()
              .ifPresent(name::set);
          return name.get() != null;
        });
    try {
      Connection connection = SERVER.connect("postgres", TestServer.SUPERUSER);
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.execute("comment on database " + name.get() + " is 'mine'");
      }
      return connection;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String ownedBy(String role) throws SQLException {
    String database = SERVER.createDatabase();
    SERVER.execute("alter database " + database + " owner to " + role);
    return database;
  }

  private static String tables(String database) throws SQLException {
    try (Connection connection = SERVER.connect(database, TestServer.SUPERUSER);
        Statement statement = connection.createStatement();
        var rows =
            statement.executeQuery("select count(*) from pg_class where relname = 'content'")) {
      rows.next();
      return rows.getString(1);
    }
  }

  private static void assertEmpty(String database) throws SQLException {
    assertThat(tables(database)).isEqualTo("0");
  }

  private static void assertNothingLeftOver() throws SQLException {
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }
}
