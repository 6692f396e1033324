package io.github.pgkill.postgres.lockout;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.pgkill.model.lockout.AclEntry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The order of privileges is found in bounded time, whoever wrote them into a record. */
@Tag("core")
class GrantsTest {

  private static final long OWNER = 1;
  private static final long SEED = Long.getLong("pgkill.seed", System.nanoTime());
  private static final Duration SOON = Duration.ofSeconds(10);

  @Test
  void aLongChainIsOneWalk() {
    List<AclEntry> chain = new ArrayList<>();
    for (long role = OWNER; role < 9_000; role++) {
      chain.add(new AclEntry(role, role + 1, "CONNECT", true));
    }
    List<AclEntry> shuffled = new ArrayList<>(chain);
    Collections.shuffle(shuffled, new Random(SEED));
    Grants grants = new Grants(shuffled, OWNER);
    Assertions.assertTimeout(
        SOON,
        () -> {
          assertThat(grants.grantorsFirst(shuffled)).isEqualTo(chain);
          assertThat(grants.irretrievable(shuffled)).isEmpty();
          assertThat(grants.withDependents(chain.subList(0, 1))).hasSize(chain.size());
        });
  }

  @Test
  void everybodyToEverybodyIsBounded() {
    List<AclEntry> all = new ArrayList<>();
    for (long from = 0; from < 100; from++) {
      for (long to = 0; to < 100; to++) {
        all.add(new AclEntry(OWNER + from, OWNER + to, "CONNECT", true));
      }
    }
    Collections.shuffle(all, new Random(SEED));
    Grants grants = new Grants(all, OWNER);
    Assertions.assertTimeout(SOON, () -> assertThat(grants.grantorsFirst(all)).hasSize(10_000));
    // a ladder: each rung needs the one before, and is looked at in the wrong order
    List<AclEntry> ladder = new ArrayList<>();
    for (long rung = 5_000; rung >= 2; rung--) {
      ladder.add(new AclEntry(rung, rung + 1, "CONNECT", true));
      ladder.add(new AclEntry(rung + 1, rung, "CONNECT", true));
    }
    ladder.add(new AclEntry(OWNER, 2, "CONNECT", true));
    ladder.add(new AclEntry(OWNER, 5_001, "CONNECT", true));
    Grants rungs = new Grants(ladder, OWNER);
    Assertions.assertTimeout(
        SOON, () -> assertThat(rungs.grantorsFirst(ladder)).hasSize(ladder.size()));
  }

  /** The same as trying them one after another, again and again, which is slow and plain. */
  @Test
  void theOrderIsOneInWhichTheServerWouldTakeThem() {
    Random random = new Random(SEED);
    for (int i = 0; i < 3_000; i++) {
      Set<AclEntry> entries = new HashSet<>();
      int roles = 2 + random.nextInt(6);
      for (int j = random.nextInt(14); j >= 0; j--) {
        entries.add(
            new AclEntry(
                OWNER + random.nextInt(roles),
                OWNER + random.nextInt(roles),
                "CONNECT",
                random.nextInt(4) > 0));
      }
      List<AclEntry> some = new ArrayList<>(entries);
      Collections.shuffle(some, random);
      some = some.subList(0, random.nextInt(some.size() + 1));
      Grants grants = new Grants(entries, OWNER);
      Set<AclEntry> never = grants.irretrievable(some);
      List<AclEntry> order = grants.grantorsFirst(some);
      Set<AclEntry> there = new HashSet<>(Grants.minus(entries, some));
      for (AclEntry entry : order.subList(0, some.size() - never.size())) {
        assertThat(taken(entry, there)).as("seed %d: %s of %s", SEED, entry, order).isTrue();
        there.add(entry);
      }
      for (AclEntry entry : never) {
        assertThat(taken(entry, there)).as("seed %d: %s", SEED, entry).isFalse();
      }
    }
  }

  /** As check_circularity in acl.c has it. */
  private static boolean taken(AclEntry entry, Set<AclEntry> there) {
    if (entry.grantor() == OWNER) {
      return true;
    }
    Set<Long> holders = new HashSet<>(Set.of(OWNER));
    boolean grown = true;
    while (grown) {
      grown = false;
      for (AclEntry one : there) {
        boolean around = entry.grantable() && one.grantee() == entry.grantee();
        if (one.grantable() && !around && holders.contains(one.grantor())) {
          grown |= holders.add(one.grantee());
        }
      }
    }
    return holders.contains(entry.grantor());
  }
}
