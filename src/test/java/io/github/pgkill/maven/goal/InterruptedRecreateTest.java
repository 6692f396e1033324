package io.github.pgkill.maven.goal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.testing.Jvm;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A build that is asked to end in the middle of {@code recreate-database}. More often with {@code
 * -Dpgkill.interruptions=18}.
 */
@Tag("slow")
class InterruptedRecreateTest {

  private static final TestServer SERVER = TestServer.shared();
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final int INTERRUPTIONS = Integer.getInteger("pgkill.interruptions", 2);

  private final Random random = new Random(SEED);

  @TempDir Path directory;

  @Test
  void nothingTemporaryIsLeft() throws Exception {
    for (int i = 0; i < INTERRUPTIONS; i++) {
      String database = SERVER.createDatabase();
      List<String> before = state(database);
      int millis = random.nextInt(i % 2 == 0 ? 60 : 800);
      String said = interrupted(database, millis);
      String what = "interrupted after " + millis + " ms, seed " + SEED + ": " + said;
      assertThat(SERVER.unfinishedDatabases()).as(what).isEmpty();
      assertThat(state(database)).as(what).isEqualTo(before);
    }
  }

  /** Interrupted so long after the new database is there, half built perhaps. */
  private String interrupted(String database, int millis)
      throws IOException, InterruptedException, SQLException {
    Process build =
        new ProcessBuilder(
                Jvm.command(
                    InterruptedRecreateTest.class,
                    directory.toString(),
                    SERVER.jdbcUrl(database) + "?user=" + TestServer.SUPERUSER))
            .redirectErrorStream(true)
            .start();
    CompletableFuture<String> said =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
              } catch (IOException e) {
                return e.toString();
              }
            });
    while (build.isAlive() && !begun()) {
      Thread.onSpinWait();
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    // SIGTERM, as by a CI server; SIGINT runs the same hooks
    build.destroy();
    assertThat(build.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return said.join();
  }

  private static boolean begun() throws SQLException {
    return !SERVER
        .query(
            "select 1 from pg_stat_activity where query ~ '^CREATE DATABASE \"pgkill_new'"
                + " union all select 1 from pg_database where datname ~ '^pgkill_new'")
        .isEmpty();
  }

  private static List<String> state(String database) throws SQLException {
    return SERVER.query(
        "select concat_ws('|', datallowconn, datconnlimit,"
            + " (select string_agg(e::text, ' ' order by e::text)"
            + " from aclexplode(coalesce(datacl, acldefault('d', datdba))) e), datistemplate,"
            + " shobj_description(oid, 'pg_database')) from pg_database where datname = ?",
        database);
  }

  /** The build: takes a directory to run in and a URL. */
  public static void main(String[] arguments) {
    Build.Run run =
        Build.withoutPom(Path.of(arguments[0]))
            .property("pgkill.url", arguments[1])
            .run("recreate-database");
    run.log().lines().forEach(System.out::println);
  }
}
