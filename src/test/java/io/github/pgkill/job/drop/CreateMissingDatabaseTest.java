package io.github.pgkill.job.drop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.pgkill.job.backup.BackupOptions;
import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code recreate-database} where there is nothing to replace yet. */
@Tag("slow")
final class CreateMissingDatabaseTest {

  private static final TestServer SERVER = TestServer.start(Map.of());

  /** All that one could give to a database. */
  private static final String DESCRIBED =
      "select concat_ws(' ', pg_get_userbyid(datdba), datacl is null, datallowconn, datconnlimit,"
          + " datistemplate, coalesce(shobj_description(oid, 'pg_database'), 'no comment'))"
          + " from pg_database where datname = ?";

  private static final String PLAIN = " t t -1 f no comment";

  private static int names;

  @TempDir private Path directory;
  private String name;

  @BeforeEach
  void nameOne() {
    names++;
    name = "missing_" + names;
  }

  @AfterEach
  void nothingIsLeftOver() throws SQLException {
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void itIsTheLoginsAndAsTemplate1() throws SQLException {
    String login = SERVER.createRole("login createdb");
    Termination created = job().as(login).recreate();
    assertThat(created.verdict().summary())
        .isEqualTo(
            "database "
                + name
                + " was missing and is created, owned by "
                + login
                + ", a copy of template1");
    assertThat(created.statements()).anyMatch(line -> line.startsWith("CREATE DATABASE"));
    assertThat(SERVER.query(DESCRIBED, name)).containsExactly(login + PLAIN);
    SERVER.connect(name, login).close();
    // and from now on it is there
    assertThat(job().as(login).recreate().verdict().summary()).contains("is recreated, empty");
  }

  @Test
  void itIsTheRolesThatWasNamed() throws SQLException {
    String group = SERVER.createRole("nologin createdb");
    String login = SERVER.createRole("login in role " + group);
    job().as(login).role(group).recreate();
    assertThat(SERVER.query(DESCRIBED, name)).containsExactly(group + PLAIN);
  }

  @Test
  void itIsTheCopyOfATemplate() throws SQLException {
    String gold = SERVER.createDatabase();
    SERVER.execute(gold, "create table nugget ()");
    SERVER.execute("comment on database " + gold + " is 'pure gold'");
    SERVER.execute("alter database " + gold + " connection limit 5");
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client client = clients.idle();
      job().fromTemplate(gold).recreate();
      assertThat(client.alive()).isFalse();
    }
    assertThat(SERVER.query(DESCRIBED, name)).containsExactly(TestServer.SUPERUSER + PLAIN);
    assertThat(SERVER.queryIn(name, "select 1 from pg_class where relname = 'nugget'")).hasSize(1);
    assertThat(SERVER.query(DESCRIBED, gold))
        .containsExactly(TestServer.SUPERUSER + " f t 5 f pure gold");
  }

  @Test
  void aDryRunSaysThatItWouldBe() throws SQLException {
    Termination rehearsed = job().dryRun().recreate();
    assertThat(rehearsed.verdict().status()).isEqualTo(Verdict.Status.DRY_RUN);
    assertThat(rehearsed.verdict().summary())
        .isEqualTo(
            "dry run: would create database "
                + name
                + ", which is missing, owned by postgres, a copy of template1; nothing was"
                + " changed");
    assertThat(rehearsed.statements())
        .anyMatch(line -> line.contains("RENAME TO \"" + name + "\""));
    assertMissing();
  }

  @Test
  void thereIsNothingToBackUp() {
    DropJobs job = job().backup(BackupOptions.in(directory, "/nowhere/pg_dump"));
    assertThat(job.recreate().verdict().remarks())
        .contains("there was no database " + name + ", and so nothing to back up");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void unlessThatIsWantedItIsAFailure() throws SQLException {
    assertThatThrownBy(() -> DropJobs.on(SERVER, name).recreate())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("there is no database " + name)
        .satisfies(
            e ->
                assertThat(((PgkillFailure) e).remedy().orElse(""))
                    .contains("-Dpgkill.failIfDatabaseMissing=false creates it"));
    assertThat(DropJobs.on(SERVER, name).missingIsFine().drop().verdict().summary())
        .isEqualTo("there is no database " + name + " to drop");
    assertMissing();
  }

  @Test
  void aWrongConfirmationAndARoleThatMayNotAreRefused() throws SQLException {
    assertThatThrownBy(() -> job().confirm("other").recreate())
        .isInstanceOf(InvalidParameter.class);
    String poor = SERVER.createRole("login");
    assertThatThrownBy(() -> job().as(poor).recreate())
        .isInstanceOf(PgkillFailure.class)
        .hasMessageContaining("may not create databases");
    assertMissing();
  }

  @Test
  void somebodyInTemplate1IsNamedAndNotEnded() throws SQLException {
    try (StubbornClients clients = StubbornClients.of(SERVER, "template1")) {
      StubbornClients.Client client = clients.idle();
      assertThatThrownBy(() -> job().recreate())
          .isInstanceOf(PgkillFailure.class)
          .hasMessageContaining("pid " + client.pid());
      assertThat(client.alive()).isTrue();
    }
    assertMissing();
  }

  @Test
  void aNameThatSomebodyTakesMeanwhileIsTheirs() throws SQLException {
    String gold = SERVER.createDatabase();
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      StubbornClients.Client slow = clients.idle();
      slow.freeze();
      CompletableFuture<Termination> goal =
          CompletableFuture.supplyAsync(
              () -> job().fromTemplate(gold).timeout(Duration.ofSeconds(60)).recreate());
      Eventually.within(
          20,
          () ->
              SERVER
                  .query("select datallowconn::text from pg_database where datname = ?", gold)
                  .contains("false"));
      SERVER.execute("create database " + name);
      SERVER.execute("comment on database " + name + " is 'theirs'");
      slow.thaw();
      assertThatThrownBy(goal::join)
          .isInstanceOf(CompletionException.class)
          .hasMessageContaining("somebody else has created database " + name);
    }
    assertThat(SERVER.query(DESCRIBED, name)).containsExactly("postgres t t -1 f theirs");
    assertThat(SERVER.query("select datallowconn::text from pg_database where datname = ?", gold))
        .isEqualTo(List.of("true"));
  }

  private DropJobs job() {
    return DropJobs.on(SERVER, name).missingIsFine();
  }

  private void assertMissing() throws SQLException {
    assertThat(SERVER.query("select 1 from pg_database where datname = ?", name)).isEmpty();
  }
}
