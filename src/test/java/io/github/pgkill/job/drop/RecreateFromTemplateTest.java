package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.pgkill.job.lockout.BuildProcess;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A database that becomes the copy of another one, which is as it was afterwards, whatever came of
 * it.
 */
@Tag("slow")
final class RecreateFromTemplateTest {

  private static final TestServer SERVER =
      TestServer.start(Map.of("allow_in_place_tablespaces", "on"));

  private static final long FLYWAY = 77431708279161L;

  /** All of a database's row but what a checkpoint or a vacuum changes, privileges apart. */
  private static final String ROW =
      "select (to_jsonb(d) - 'datacl' - 'datfrozenxid' - 'datminmxid')::text from pg_database d"
          + " where datname = ?";

  private static final String LOCALE =
      "select (to_jsonb(d) - array['oid', 'datname', 'datdba', 'datacl', 'datistemplate',"
          + " 'datallowconn', 'datconnlimit', 'dattablespace', 'datfrozenxid', 'datminmxid',"
          + " 'datlastsysoid'])::text from pg_database d where datname = ?";

  private String owner;
  private String gold;
  private String database;
  private List<String> before;

  @BeforeEach
  void aTemplateWithItsOwnWays() throws SQLException {
    owner = SERVER.createRole("login createdb");
    gold = SERVER.createDatabase();
    database = SERVER.createDatabase();
    for (String statement :
        List.of(
            "alter database %1$s owner to %2$s",
            "revoke connect on database %1$s from public",
            "grant create on database %1$s to public",
            "alter database %1$s connection limit 33",
            "alter database %1$s set work_mem to '11MB'",
            "comment on database %1$s is 'pure gold'",
            "alter database %3$s owner to %2$s",
            "revoke temporary on database %3$s from public",
            "alter database %3$s connection limit 17",
            "alter database %3$s set work_mem to '64MB'",
            "alter role %2$s in database %3$s set statement_timeout to '1min'",
            "comment on database %3$s is 'the shop''s'")) {
      SERVER.execute(String.format(statement, gold, owner, database));
    }
    SERVER.execute(gold, "create table nugget as select 42 as weight");
    SERVER.execute(database, "create table dirt ()");
    before = state(gold);
  }

  @AfterEach
  void theTemplateIsAsItWas() throws SQLException {
    if (before != null) {
      assertThat(state(gold)).isEqualTo(before);
    }
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void theContentsAreTheTemplatesAndAllElseIsTheOldOnes() throws SQLException {
    List<String> access = AccessState.of(SERVER, database);
    Termination recreated = job().recreate();
    assertThat(recreated.verdict().summary())
        .isEqualTo("database " + database + " is recreated, a copy of " + gold);
    assertThat(AccessState.of(SERVER, database)).isEqualTo(access);
    assertCopied();
    assertThat(SERVER.queryIn(database, "select 1 from pg_class where relname = 'dirt'")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encoding 'LATIN1' locale 'C'",
        "15:locale_provider icu icu_locale 'de-u-co-phonebk' locale 'C'",
        "16:locale_provider icu icu_locale 'en' icu_rules '&b < a' locale 'C'",
        "17:locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
      })
  void encodingAndLocaleAreTheTemplates(String options) throws SQLException {
    int major = options.contains(":") ? Integer.parseInt(options.substring(0, 2)) : 0;
    assumeTrue(SERVER.major() >= major);
    String other = "locale_" + Integer.toHexString(options.hashCode());
    SERVER.execute(
        "create database " + other + " template template0 " + options.replaceFirst("^\\d+:", ""));
    List<String> access = AccessState.of(SERVER, database);
    List<String> template = state(other);
    assertThat(SERVER.query(LOCALE, database)).isNotEqualTo(SERVER.query(LOCALE, other));
    DropJobs.on(SERVER, database).fromTemplate(other).recreate();
    assertThat(SERVER.query(LOCALE, database)).isEqualTo(SERVER.query(LOCALE, other));
    assertThat(AccessState.of(SERVER, database)).isEqualTo(access);
    assertThat(state(other)).isEqualTo(template);
  }

  @Test
  void anOwnerCopiesWhileAPoolKeepsComingBack() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, gold).as(owner, "pool")) {
      clients.storm(10);
      Termination recreated = job().as(owner).recreate();
      assertThat(recreated.results()).hasSizeGreaterThanOrEqualTo(10);
      assertThat(recreated.verdict().remarks())
          .anyMatch(
              words -> words.matches(".* was copied in .*; \\d+ sessions were ended there.*"));
      assertCopied();
      Eventually.within(
          20,
          () ->
              SERVER.query("select 1 from pg_stat_activity where datname = ?", gold).size() == 10);
    }
  }

  @Test
  void superusersAreKeptOutOfItToo() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      clients.storm(5);
      job().recreate();
      assertCopied();
    }
  }

  /** What stands in the way, and what is said of it. */
  private enum Obstacle {
    BACKUP("must not be ended"),
    MIGRATION("is being migrated"),
    PREPARED("ROLLBACK PREPARED"),
    TOO_MANY("more than maxSessions allows"),
    OUT_OF_REACH("may not be ended by this role"),
    INVALID("is invalid"),
    COLLATION("collation version");

    private final String said;

    Obstacle(String said) {
      this.said = said;
    }
  }

  @ParameterizedTest
  @EnumSource(Obstacle.class)
  void whatIsInTheWayIsNamedBeforeAnythingIsDone(Obstacle obstacle) throws SQLException {
    assumeTrue(obstacle != Obstacle.COLLATION || SERVER.major() >= 15);
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client bystander = clients.as(owner, "bystander").idle();
      List<String> access = AccessState.of(SERVER, database);
      DropJobs job = arrange(obstacle, clients);
      List<String> arranged = state(gold);
      String refused = refused(job);
      assertThat(refused).contains(obstacle.said);
      // a dry run refuses in the same words
      assertThat(withoutTimes(refused(job.dryRun()))).isEqualTo(withoutTimes(refused));
      assertThat(bystander.alive()).isTrue();
      assertThat(state(gold)).isEqualTo(arranged);
      assertThat(AccessState.of(SERVER, database)).isEqualTo(access);
      assertThat(SERVER.queryIn(database, "select 1 from pg_class where relname = 'dirt'"))
          .hasSize(1);
    } finally {
      clear(obstacle);
    }
  }

  private DropJobs arrange(Obstacle obstacle, StubbornClients clients) throws SQLException {
    switch (obstacle) {
      case BACKUP -> clients.as(TestServer.SUPERUSER, "pg_dump").idle();
      case MIGRATION ->
          clients
              .as(TestServer.SUPERUSER, "Flyway by Redgate")
              .idle()
              .run("select pg_advisory_lock(" + (FLYWAY + "flyway".hashCode()) + ")");
      case PREPARED ->
          SERVER.execute(gold, "begin; insert into nugget values (1); prepare transaction 'gold'");
      case TOO_MANY -> {
        clients.idle(2);
        return job().maxSessions(2);
      }
      case OUT_OF_REACH -> {
        clients.idle();
        return job().as(owner);
      }
      case INVALID ->
          SERVER.execute("update pg_database set datconnlimit = -2 where datname = '" + gold + "'");
      case COLLATION ->
          SERVER.execute(
              "update pg_database set datcollversion = '1' where datname = '" + gold + "'");
      default -> throw new IllegalArgumentException(obstacle.toString());
    }
    return job();
  }

  private void clear(Obstacle obstacle) throws SQLException {
    switch (obstacle) {
      case PREPARED -> SERVER.execute(gold, "rollback prepared 'gold'");
      case INVALID ->
          SERVER.execute("update pg_database set datconnlimit = 33 where datname = '" + gold + "'");
      case COLLATION ->
          SERVER.execute(
              "update pg_database set datcollversion = null where datname = '" + gold + "'");
      default -> {
        // its session is gone
      }
    }
  }

  @Test
  void replicationThatStandsStillDoesNotHinderAndOneThatWorksIsNamed() throws SQLException {
    SERVER.execute(gold, "select pg_create_logical_replication_slot('gold_slot', 'pgoutput')");
    SERVER.execute(
        gold,
        "create subscription gold_subscription connection 'host=127.0.0.1 port=1'"
            + " publication p with (connect = false)");
    try {
      job().recreate();
      assertCopied();
      assertThat(SERVER.query("select 1 from pg_replication_slots where slot_name = 'gold_slot'"))
          .hasSize(1);
    } finally {
      SERVER.execute(gold, "alter subscription gold_subscription set (slot_name = none)");
      SERVER.execute(gold, "drop subscription gold_subscription");
      SERVER.execute(gold, "select pg_drop_replication_slot('gold_slot')");
    }
  }

  @Test
  void whatIsNoTemplateForThisRoleIsRefused() throws SQLException {
    String stranger = SERVER.createRole("login createdb");
    String poor = SERVER.createRole("login");
    String theirs = SERVER.createDatabase();
    SERVER.execute("alter database " + theirs + " owner to " + stranger);
    SERVER.execute("revoke connect on database " + theirs + " from public");
    assertThat(refused(DropJobs.on(SERVER, theirs).as(stranger).fromTemplate(gold)))
        .contains("may not copy database " + gold)
        .contains("nothing was touched");
    SERVER.execute("alter database " + theirs + " owner to " + poor);
    assertThat(refused(DropJobs.on(SERVER, theirs).as(poor).fromTemplate("template1")))
        .contains("may not create databases");
    assertThat(refused(job().fromTemplate(gold.substring(1))))
        .contains("there is no database")
        .contains("Did you mean -Dpgkill.fromTemplate=" + gold);
    assertThatThrownBy(() -> job().fromTemplate(database).recreate())
        .isInstanceOf(InvalidParameter.class)
        .hasMessageContaining("would be a copy of itself");
    assertThatThrownBy(() -> job().through(gold).recreate())
        .isInstanceOf(GuardRefusal.class)
        .hasMessageContaining("cannot be copied from within");
  }

  @Test
  void aTemplateOfAnotherOwnerIsCopiedWhileNobodyIsThere() throws SQLException {
    String stranger = SERVER.createRole("login createdb");
    String theirs = SERVER.createDatabase();
    SERVER.execute("alter database " + theirs + " owner to " + stranger);
    SERVER.execute("alter database " + gold + " is_template true");
    before = state(gold);
    DropJobs job = DropJobs.on(SERVER, theirs).as(stranger).fromTemplate(gold);
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client client = clients.idle();
      assertThat(refused(job)).contains("is not this role's to close and to clear");
      assertThat(client.alive()).isTrue();
    }
    job.recreate();
    assertThat(SERVER.queryIn(theirs, "select weight::text from nugget")).containsExactly("42");
  }

  @Test
  void aProtectedTemplateIsNeitherClosedNorCleared() throws SQLException {
    DropJobs job = job().protectedDatabases(gold);
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client client = clients.idle();
      assertThat(refused(job)).contains("is protected, so that nobody is ended there");
      assertThat(client.alive()).isTrue();
    }
    job.recreate();
    assertCopied();
    assertThat(job.said())
        .doesNotContain("is closed to new connections (allow-connections)\n" + gold);
    DropJobs.on(SERVER, database).fromTemplate("template1").recreate();
    assertThat(SERVER.queryIn(database, "select 1 from pg_class where relname = 'nugget'"))
        .isEmpty();
  }

  @Test
  void aSessionThatStaysLeavesBothAsTheyWere() throws SQLException {
    List<String> access = AccessState.of(SERVER, database);
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client slow = clients.idle();
      slow.freeze();
      try {
        assertThat(refused(job().timeout(Duration.ofSeconds(2)))).contains("still there");
      } finally {
        slow.thaw();
      }
    }
    assertThat(AccessState.of(SERVER, database)).isEqualTo(access);
  }

  @Test
  void aCopyThatFailsLeavesBothAsTheyWere() throws SQLException {
    SERVER.execute("create tablespace ts_" + gold + " location ''");
    SERVER.execute(gold, "create table elsewhere () tablespace ts_" + gold);
    SERVER.execute("alter database " + database + " set tablespace ts_" + gold);
    List<String> access = AccessState.of(SERVER, database);
    assertThatThrownBy(() -> job().recreate())
        .isInstanceOf(PgkillException.class)
        .hasMessageContaining("cannot assign new default tablespace");
    assertThat(AccessState.of(SERVER, database)).isEqualTo(access);
  }

  @Test
  void theTablespaceIsTheOldOnes() throws SQLException {
    SERVER.execute("create tablespace ts_" + database + " location ''");
    SERVER.execute("alter database " + database + " set tablespace ts_" + database);
    String place =
        "select spcname from pg_database d join pg_tablespace t on t.oid = d.dattablespace"
            + " where datname = ?";
    job().recreate();
    assertThat(SERVER.query(place, database)).containsExactly("ts_" + database);
    assertCopied();
    // and back again, which has to be said, too
    String plain = SERVER.createDatabase();
    DropJobs.on(SERVER, plain).fromTemplate(database).recreate();
    assertThat(SERVER.query(place, plain)).containsExactly("pg_default");
  }

  @Test
  void aDryRunSaysItAllAndChangesNothing() throws SQLException {
    List<String> access = AccessState.of(SERVER, database);
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client client = clients.idle();
      Termination rehearsed = job().dryRun().recreate();
      assertThat(rehearsed.verdict().summary())
          .isEqualTo(
              "dry run: would recreate database "
                  + database
                  + " as a copy of "
                  + gold
                  + "; nothing was changed");
      assertThat(rehearsed.statements().get(0))
          .startsWith("ALTER DATABASE \"" + gold + "\" ALLOW_CONNECTIONS false")
          .contains("-- undo: ALTER DATABASE \"" + gold + "\" ALLOW_CONNECTIONS true");
      assertThat(rehearsed.statements().get(1)).contains("pg_terminate_backend");
      assertThat(rehearsed.statements().get(2)).contains("TEMPLATE \"" + gold + "\"");
      assertThat(rehearsed.victims())
          .anyMatch(session -> session.id().equals(Optional.of(client.id())));
      assertThat(client.alive()).isTrue();
    }
    assertThat(AccessState.of(SERVER, database)).isEqualTo(access);
  }

  @Test
  void anotherBuildsLockoutOfTheTemplateIsWaitedForAudibly() throws SQLException {
    try (BuildProcess other = BuildProcess.start(SERVER.port(), gold, "postgres")) {
      assertThat(other.tell("revoke ALLOW_CONNECTIONS BUILD_END 5")).startsWith("ok");
      DropJobs impatient = job().timeout(Duration.ofSeconds(2));
      assertThatThrownBy(impatient::recreate)
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining(gold)
          .hasMessageContaining("process ");
      assertThat(impatient.said()).contains("waiting for it, at most 2s");
      assertThat(other.tell("end")).startsWith("ok");
    }
    job().recreate();
    assertCopied();
  }

  @Test
  void modulesOfOneBuildAndOtherBuildsCopyOneAfterTheOther() throws Exception {
    List<String> targets = new ArrayList<>(List.of(database));
    for (int i = 0; i < 3; i++) {
      targets.add(SERVER.createDatabase());
    }
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      clients.storm(3);
      List<Process> builds = new ArrayList<>();
      for (String target : targets.subList(2, 4)) {
        builds.add(
            new ProcessBuilder(
                    Jvm.command(OtherBuild.class, Integer.toString(SERVER.port()), target, gold))
                .inheritIO()
                .start());
      }
      List<CompletableFuture<Void>> modules =
          targets.subList(0, 2).stream()
              .map(
                  target ->
                      CompletableFuture.runAsync(
                          () -> DropJobs.on(SERVER, target).fromTemplate(gold).recreate()))
              .toList();
      modules.forEach(CompletableFuture::join);
      for (Process build : builds) {
        assertThat(build.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(build.exitValue()).isZero();
      }
    }
    for (String target : targets) {
      assertThat(SERVER.queryIn(target, "select weight::text from nugget")).containsExactly("42");
    }
  }

  /** Has no server of its own: takes a port, a database and its template. */
  static final class OtherBuild {

    private OtherBuild() {}

    public static void main(String[] arguments) throws IOException {
      Termination recreated =
          DropJobs.on(Integer.parseInt(arguments[0]), arguments[1])
              .fromTemplate(arguments[2])
              .recreate();
      if (recreated.verdict().status() != Verdict.Status.SUCCESS) {
        throw new IOException(recreated.verdict().summary());
      }
    }
  }

  @Test
  void aTemplateThatIsChangedByAnAdministratorMeanwhileKeepsTheChange() throws SQLException {
    String role = SERVER.createRole("nologin");
    try (StubbornClients clients = StubbornClients.of(SERVER, gold);
        Connection administrator = SERVER.connect("postgres", TestServer.SUPERUSER);
        Statement statement = administrator.createStatement()) {
      administrator.setAutoCommit(false);
      StubbornClients.Client slow = clients.idle();
      slow.freeze();
      CompletableFuture<Termination> goal = CompletableFuture.supplyAsync(() -> job().recreate());
      Eventually.within(
          20,
          () ->
              SERVER
                  .query("select datallowconn::text from pg_database where datname = ?", gold)
                  .contains("false"));
      statement.execute("grant temporary on database " + gold + " to " + role);
      slow.thaw();
      // the copy waits for whoever has the template's row, and goes on then
      Eventually.within(
          20,
          () ->
              !SERVER
                  .query(
                      "select 1 from pg_stat_activity where wait_event_type = 'Lock'"
                          + " and query ~ 'GRANT OPTION FOR CONNECT'")
                  .isEmpty());
      administrator.commit();
      assertThat(goal.join().verdict().status()).isEqualTo(Verdict.Status.SUCCESS);
    }
    assertThat(
            SERVER.query(
                "select 1 from pg_database d, aclexplode(d.datacl) a where d.datname = ?"
                    + " and a.grantee = ?::regrole",
                gold,
                role))
        .hasSize(1);
    SERVER.execute("revoke temporary on database " + gold + " from " + role);
  }

  private DropJobs job() {
    return DropJobs.on(SERVER, database).fromTemplate(gold);
  }

  private static String withoutTimes(String words) {
    return words.replaceAll("[0-9.]+m?s\\b", "a while");
  }

  private static String refused(DropJobs job) {
    try {
      job.recreate();
    } catch (PgkillFailure e) {
      return e.getMessage() + " | " + e.remedy().orElse("");
    }
    throw new AssertionError("it went through: " + job.said());
  }

  private void assertCopied() throws SQLException {
    assertThat(SERVER.queryIn(database, "select weight::text from nugget")).containsExactly("42");
    assertThat(SERVER.query(LOCALE, database)).isEqualTo(SERVER.query(LOCALE, gold));
  }

  private static List<String> state(String name) throws SQLException {
    List<String> state = new ArrayList<>(SERVER.query(ROW, name));
    state.addAll(AccessState.of(SERVER, name));
    return state;
  }
}
