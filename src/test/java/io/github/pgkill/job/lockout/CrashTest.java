package io.github.pgkill.job.lockout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.lockout.CloseWith;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Eventually;
import io.github.pgkill.testing.ProtocolProxy;
import io.github.pgkill.testing.StubbornClients;
import io.github.pgkill.testing.TestServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The build, the server or the network dies at a random moment: what was closed bears a record, and
 * giving it back restores everything. More often with {@code -Dpgkill.crashes=200}.
 */
@Tag("slow")
class CrashTest {

  private static final TestServer SERVER = TestServer.start(Map.of());
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final int CRASHES = Integer.getInteger("pgkill.crashes", 10);

  private static final int AT_ONCE = 4;

  private final Random random = new Random(SEED);
  private final Map<String, Integer> tally = new TreeMap<>();

  /** Each of them is at another point when the blow comes. */
  private final Map<String, List<String>> before = new TreeMap<>();

  private String name;

  @BeforeEach
  void create() throws SQLException {
    for (int i = 0; i < AT_ONCE; i++) {
      name = SERVER.createDatabase();
      String role = SERVER.createRole("login");
      SERVER.execute("grant connect on database " + name + " to " + role + " with grant option");
      SERVER.execute("set role " + role + "; grant connect on database " + name + " to public");
      SERVER.execute("alter database " + name + " connection limit 90");
      SERVER.execute("comment on database " + name + " is 'it''s mine'");
      before.put(name, AccessState.of(SERVER, name));
    }
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  @Test
  void theBuildDies() throws SQLException {
    for (int i = AT_ONCE; i < CRASHES; i += AT_ONCE) {
      try (BuildProcess build = start("revoke,restore")) {
        pause(300);
        killAndRecover(build, i % (2 * AT_ONCE) == 0);
      }
    }
    print("SIGKILL in revoke-connect and restore-connect");
  }

  @Test
  void theBuildDiesInTerminate() throws SQLException {
    for (int i = 0; i < CRASHES; i += 5 * AT_ONCE) {
      try (StubbornClients clients = StubbornClients.of(SERVER, name)) {
        for (String database : before.keySet()) {
          clients.to(database).storm(1);
        }
        try (BuildProcess build = start("terminate")) {
          pause(800);
          killAndRecover(build, i % 2 == 0);
        }
      }
    }
    print("SIGKILL in terminate");
  }

  @Test
  void theServerDies() throws SQLException {
    for (int i = 0; i < CRASHES; i += 2 * AT_ONCE) {
      try (BuildProcess build = start("revoke,restore")) {
        pause(300);
        crashServer();
        before.keySet().forEach(database -> count(build.phase(database)));
        SERVER.resume();
        // it goes on by itself; then it is killed, too
        pause(200);
        build.kill();
        recover(false);
      }
    }
    print("the server dies in revoke-connect and restore-connect");
  }

  private BuildProcess start(String goals) {
    BuildProcess build =
        BuildProcess.start(SERVER.port(), String.join(",", before.keySet()), "postgres");
    build.loop(goals);
    String last = goals.substring(goals.indexOf(',') + 1);
    Eventually.within(
        90,
        () -> before.keySet().stream().anyMatch(db -> build.phase(db).startsWith("after " + last)));
    return build;
  }

  private void killAndRecover(BuildProcess build, boolean byTheNextBuild) throws SQLException {
    build.kill();
    before.keySet().forEach(database -> count(build.phase(database)));
    recover(byTheNextBuild);
  }

  @Test
  void theNetworkIsCut() throws SQLException {
    for (int i = 0; i < CRASHES; i++) {
      String outcome = "nothing failed";
      try (StubbornClients clients = StubbornClients.of(SERVER, name);
          ProtocolProxy proxy = ProtocolProxy.forwarding(SERVER)) {
        clients.idle(2);
        Duration after = Duration.ofMillis(random.nextInt(150));
        Thread cutter =
            new Thread(
                () -> {
                  LockSupport.parkNanos(after.toNanos());
                  proxy.cut();
                });
        cutter.start();
        LockoutJob job = LockoutJob.on(proxy.port(), name).with(CloseWith.values()[i % 3]);
        String goal = i % 2 == 0 ? "revoke-connect" : "terminate";
        try {
          if (i % 2 == 0) {
            job.revoke();
          } else {
            job.reopen(i % 4 == 1 ? Reopen.IMMEDIATELY : Reopen.BUILD_END).terminate();
          }
        } catch (PgkillException e) {
          boolean undone = AccessState.of(SERVER, name).equals(before.get(name));
          outcome = goal + " failed, " + (undone ? "open" : "still closed");
        }
        count(outcome);
        join(cutter);
        // what the end of the build does
        job.end();
      }
      assertThat(AccessState.of(SERVER, name))
          .as("seed %d: %s", SEED, outcome)
          .isEqualTo(before.get(name));
    }
    print("the network is cut in revoke-connect and terminate");
  }

  private void recover(boolean byTheNextBuild) throws SQLException {
    for (Map.Entry<String, List<String>> one : before.entrySet()) {
      List<String> left = AccessState.of(SERVER, one.getKey());
      boolean recorded = left.toString().contains("pgkill-lockout:");
      assertThat(left.equals(one.getValue()) || recorded)
          .as("seed %d: closed without a record: %s", SEED, left)
          .isTrue();
      tally.merge(recorded ? "= left closed with a record" : "= left open", 1, Integer::sum);
      LockoutJob job = LockoutJob.on(SERVER, one.getKey());
      if (byTheNextBuild) {
        job.reopen(Reopen.IMMEDIATELY).terminate();
      } else {
        job.restore();
      }
      assertThat(AccessState.of(SERVER, one.getKey()))
          .as("seed %d: %s", SEED, left)
          .isEqualTo(one.getValue());
    }
  }

  /** As if its machine lost power, apart from the disk. */
  private static void crashServer() {
    try {
      Process stop =
          new ProcessBuilder(
                  SERVER.command(
                      "pg_ctl",
                      "stop",
                      "--wait",
                      "--mode=immediate",
                      "--pgdata=" + SERVER.dataDirectory()))
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      assertThat(stop.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void pause(int longestMillis) {
    LockSupport.parkNanos(Duration.ofMillis(random.nextInt(longestMillis)).toNanos());
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void count(String phase) {
    tally.merge("in: " + phase.replaceAll(": .*", ""), 1, Integer::sum);
  }

  private void print(String what) {
    System.out.println(what + ", seed " + SEED + ": " + tally);
  }
}
