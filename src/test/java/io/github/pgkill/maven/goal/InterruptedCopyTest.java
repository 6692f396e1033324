package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.DropJobs;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A build that ends in the middle of copying a template: on request, or killed. */
@Tag("slow")
class InterruptedCopyTest {

  private static final TestServer SERVER = TestServer.start(Map.of());
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final int INTERRUPTIONS = Integer.getInteger("pgkill.interruptions", 2);

  private static String gold;

  private final Random random = new Random(SEED);

  @TempDir private Path directory;
  private Path said;
  private String database;
  private List<String> template;
  private List<String> target;

  @BeforeAll
  static void aTemplateThatTakesAMoment() throws SQLException {
    gold = SERVER.createDatabase();
    SERVER.execute(
        gold,
        "create table nugget as select g, repeat(md5(g::text), 30) as text"
            + " from generate_series(1, 50000) g");
    SERVER.execute("comment on database " + gold + " is 'pure gold'");
    // spelled out: what was closed and opened comes back so
    SERVER.execute("revoke temporary on database " + gold + " from public");
  }

  @BeforeEach
  void look() throws SQLException {
    database = SERVER.createDatabase();
    said = directory.resolve("said");
    template = AccessState.of(SERVER, gold);
    target = AccessState.of(SERVER, database);
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void whoeverIsAskedToEndGivesTheTemplateBackFirst() throws Exception {
    try (StubbornClients clients = StubbornClients.of(SERVER, gold)) {
      clients.storm(2);
      for (int i = 0; i < INTERRUPTIONS; i++) {
        int millis = random.nextInt(i % 2 == 0 ? 100 : 1500);
        Process build = start();
        awaitCopying(build);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
        build.destroy();
        assertThat(build.waitFor(60, TimeUnit.SECONDS)).isTrue();
        String what =
            "interrupted after " + millis + " ms, seed " + SEED + ": " + Files.readString(said);
        assertThat(AccessState.of(SERVER, gold)).as(what).isEqualTo(template);
        assertThat(SERVER.unfinishedDatabases()).as(what).isEmpty();
        assertThat(AccessState.of(SERVER, database)).as(what).isEqualTo(target);
      }
    }
  }

  @Test
  void afterSigkillTheNextBuildGivesTheTemplateBack() throws Exception {
    Process build = start();
    awaitCopying(build);
    build.destroyForcibly();
    assertThat(build.waitFor(20, TimeUnit.SECONDS)).isTrue();
    List<String> left = AccessState.of(SERVER, gold);
    assertThat(left.equals(template) || left.toString().contains("pgkill-lockout:")).isTrue();
    assertThat(AccessState.of(SERVER, database)).isEqualTo(target);

    DropJobs next = DropJobs.on(SERVER, database).fromTemplate(gold);
    next.recreate();

    assertThat(AccessState.of(SERVER, gold)).isEqualTo(template);
    assertThat(AccessState.of(SERVER, database)).isEqualTo(target);
    assertThat(SERVER.queryIn(database, "select count(*)::text from nugget"))
        .containsExactly("50000");
    // the server may have finished the first copy a moment after the second build looked
    Eventually.within(30, () -> nobodyCopies());
    next.recreate();
    assertThat(SERVER.unfinishedDatabases()).isEmpty();
  }

  private Process start() throws IOException {
    return new ProcessBuilder(
            Jvm.command(
                CopyingBuild.class,
                directory.toString(),
                SERVER.jdbcUrl(database) + "?user=" + TestServer.SUPERUSER,
                gold))
        .redirectErrorStream(true)
        .redirectOutput(said.toFile())
        .start();
  }

  private static void awaitCopying(Process build) throws SQLException {
    while (build.isAlive()
        && SERVER
            .query(
                "select 1 from pg_stat_activity where query ~ '^CREATE DATABASE \"pgkill_new'"
                    + " union all select 1 from pg_database where datname ~ '^pgkill_new'")
            .isEmpty()) {
      Thread.onSpinWait();
    }
  }

  private static boolean nobodyCopies() throws SQLException {
    return SERVER
        .query(
            "select 1 from pg_stat_activity where query ~ '^CREATE DATABASE' and state = 'active'")
        .isEmpty();
  }

  /** The build, without a server of its own: takes a directory to run in, a URL, a template. */
  static final class CopyingBuild {

    private CopyingBuild() {}

    public static void main(String[] arguments) {
      Build.Run run =
          Build.withoutPom(Path.of(arguments[0]))
              .property("pgkill.url", arguments[1])
              .property("pgkill.fromTemplate", arguments[2])
              .run("recreate-database");
      run.log().lines().forEach(System.out::println);
    }
  }
}
