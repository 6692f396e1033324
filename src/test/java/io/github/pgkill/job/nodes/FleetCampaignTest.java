package io.github.pgkill.job.nodes;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.job.lockout.BuildProcess;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.testing.AccessState;
import io.github.pgkill.testing.Fleet;
import io.github.pgkill.testing.Machine;
import io.github.pgkill.testing.Needs;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Another server takes the lead at random moments of a lockout, by a switchover or because the
 * leader is killed. A second build, in a process of its own, tries to get in all the time. {@code
 * -Dpgkill.failovers=30} has more of it.
 */
@Tag("fleet")
@Needs(Machine.FLEET)
class FleetCampaignTest {

  private static final String APP = "app";
  private static final int ROUNDS = Integer.getInteger("pgkill.failovers", 3);
  private static final Random RANDOM = new Random(Long.getLong("pgkill.seed", 15));

  private static final int LATEST_MILLIS = 3_000;

  /** Every third round is disturbed while the first build closes, the others afterwards. */
  private static final int WHILE_CLOSING = 3;

  /** The second build goes on for so long when everything is settled. */
  private static final Duration AFTERWARDS = Duration.ofSeconds(4);

  /** A node that was lost is back in the cluster, and has little to replay. */
  private static final Duration REPLAY = Duration.ofSeconds(20);

  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger entered = new AtomicInteger();
  private final List<String> broken = new ArrayList<>();
  private final List<String> failedEnds = Collections.synchronizedList(new ArrayList<>());
  private Fleet fleet;
  private String identifier;
  private List<String> before;

  @BeforeEach
  void aCluster() throws SQLException {
    fleet = Fleet.shared();
    fleet.awaitHealthy();
    identifier = fleet.systemIdentifier();
    before = AccessState.of(fleet.leader().server(), APP);
  }

  @AfterEach
  void tell() {
    System.out.printf(
        "%d rounds: %d closings broke off, %d ends of a build failed; the second build was refused"
            + " %d times and got in %d times while nobody was inside%n",
        ROUNDS, broken.size(), failedEnds.size(), refused.get(), entered.get());
    broken.forEach(System.out::println);
    failedEnds.forEach(System.out::println);
    fleet.awaitHealthy();
  }

  @Test
  void aSwitchoverInTheMiddleOfALockoutLetsNobodyInAndLeavesNothingClosed() throws Exception {
    for (int round = 1; round <= ROUNDS; round++) {
      round(
          round,
          () -> {
            List<Fleet.Node> standbys = fleet.standbys();
            fleet.switchOver(standbys.get(RANDOM.nextInt(standbys.size())));
          });
    }
  }

  @Test
  void aLeaderThatIsKilledInTheMiddleOfALockoutLetsNobodyInAndLeavesNothingClosed()
      throws Exception {
    for (int round = 1; round <= ROUNDS; round++) {
      round(
          round,
          () -> {
            Fleet.Node lost = fleet.loseLeader();
            fleet.leader();
            fleet.bringBack(lost);
          });
    }
  }

  private void round(int round, Runnable disturbance) throws Exception {
    fleet.awaitHealthy();
    AtomicBoolean inside = new AtomicBoolean();
    AtomicBoolean over = new AtomicBoolean();
    try (BuildProcess one = BuildProcess.start(identifier, APP, hosts(round), ports());
        BuildProcess other = BuildProcess.start(identifier, APP, ports(), ports())) {
      // that their JVMs start is no part of a lockout
      one.tell("loops 0");
      other.tell("loops 0");
      CompletableFuture<Void> tries = CompletableFuture.runAsync(() -> storm(other, inside, over));
      CompletableFuture<Void> disturbed;
      if (round % WHILE_CLOSING == 0) {
        disturbed = later(disturbance);
        close(one, inside);
      } else {
        close(one, inside);
        disturbed = later(disturbance);
      }
      disturbed.get(120, TimeUnit.SECONDS);
      Stopwatch settled = new Stopwatch();
      while (settled.elapsed().compareTo(AFTERWARDS) < 0 && !tries.isDone()) {
        LockSupport.parkNanos(10_000_000);
      }
      inside.set(false);
      open(one);
      over.set(true);
      tries.get(120, TimeUnit.SECONDS);
    }
    fleet.awaitHealthy();
    for (Fleet.Node node : fleet.nodes()) {
      Stopwatch waited = new Stopwatch();
      while (!AccessState.of(node.server(), APP).equals(before)
          && waited.elapsed().compareTo(REPLAY) < 0) {
        LockSupport.parkNanos(10_000_000);
      }
      assertThat(AccessState.of(node.server(), APP))
          .as("database %s on %s after round %d", APP, node, round)
          .isEqualTo(before);
    }
  }

  /** Through HAProxy, or the list of all. */
  private int[] hosts(int round) {
    return round % 2 == 0 ? ports() : new int[] {fleet.haproxyPort()};
  }

  private void close(BuildProcess build, AtomicBoolean inside) {
    String way = RANDOM.nextBoolean() ? "CONNECTION_LIMIT" : "REVOKE";
    String outcome = build.tell("revoke " + way + " BUILD_END 20");
    if (outcome.startsWith("ok")) {
      inside.set(true);
    } else {
      // the failover hit the closing, and the goal said so
      broken.add(outcome);
    }
  }

  private void open(BuildProcess build) {
    String outcome = build.tell("end");
    if (!outcome.startsWith("ok")) {
      failedEnds.add(outcome);
    }
  }

  /** Tries as soon as the first build is inside; what begins then has to fail as long as it is. */
  private void storm(BuildProcess other, AtomicBoolean inside, AtomicBoolean over) {
    while (!over.get()) {
      if (!inside.get()) {
        LockSupport.parkNanos(1_000_000);
      } else if (other.tell("revoke CONNECTION_LIMIT BUILD_END 1").startsWith("ok")) {
        if (inside.get()) {
          throw new AssertionError("a second build is inside");
        }
        entered.incrementAndGet();
        open(other);
      } else {
        refused.incrementAndGet();
      }
    }
  }

  private CompletableFuture<Void> later(Runnable disturbance) {
    long millis = RANDOM.nextInt(LATEST_MILLIS);
    return CompletableFuture.runAsync(
        disturbance, CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
  }

  private int[] ports() {
    return fleet.nodes().stream().mapToInt(Fleet.Node::port).toArray();
  }
}
