package io.github.pgkill.report.text;

import io.github.pgkill.model.sessions.Session;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who waits for whom, as a forest: every waiter hangs once, under its first blocker where that
 * leads to a root. Only a circle, of which nobody is the root, starts with one of its own waiters.
 */
public final class BlockingForest {

  /** What pg_blocking_pids() gives for the holder of a lock that has no process. */
  public static final int PREPARED = 0;

  private final Map<Integer, Session> sessions = new HashMap<>();
  private final Map<Integer, Set<Integer>> blockers = new LinkedHashMap<>();
  private final Map<Integer, List<Integer>> firstBlocked = new HashMap<>();
  private final Map<Integer, Set<Integer>> children = new HashMap<>();
  private final Map<Integer, Integer> parents = new HashMap<>();
  private final Map<Integer, Integer> below = new HashMap<>();
  private final Set<Integer> placed = new LinkedHashSet<>();
  private final Set<Integer> roots = new LinkedHashSet<>();

  private BlockingForest() {}

  public static BlockingForest of(List<Session> sessions) {
    BlockingForest forest = new BlockingForest();
    forest.read(sessions);
    forest.plant();
    forest.count();
    return forest;
  }

  /** Everybody who waits, in the order of the sessions. */
  public Set<Integer> waiters() {
    return blockers.keySet();
  }

  /** Where the trees start: those that wait for nobody, then one waiter of each circle. */
  public Set<Integer> roots() {
    return roots;
  }

  /** The session of a process; null when it is not among those given. */
  public @Nullable Session session(int pid) {
    return sessions.get(pid);
  }

  /** Whom it waits for; empty for a true root. */
  public Set<Integer> blockers(int pid) {
    return blockers.getOrDefault(pid, Set.of());
  }

  /** The waiters shown under it. */
  public Set<Integer> children(int pid) {
    return children.getOrDefault(pid, Set.of());
  }

  /** Whether a waiter is shown under this blocker rather than elsewhere. */
  public boolean shownUnder(int waiter, int blocker) {
    return Integer.valueOf(blocker).equals(parents.get(waiter));
  }

  /** How many wait in the tree below it. */
  public int below(int pid) {
    return below.getOrDefault(pid, 0);
  }

  private void read(List<Session> all) {
    all.forEach(session -> sessions.put(session.pid(), session));
    for (Session session : all) {
      int waiter = leader(session.pid());
      for (int pid : session.blockedBy()) {
        int blocker = leader(pid);
        if (blocker != waiter) {
          blockers.computeIfAbsent(waiter, key -> new LinkedHashSet<>()).add(blocker);
        }
      }
    }
    blockers.forEach(
        (waiter, those) ->
            firstBlocked
                .computeIfAbsent(those.iterator().next(), key -> new ArrayList<>())
                .add(waiter));
  }

  /** A parallel worker waits and blocks on behalf of its leader, which is who can be ended. */
  private int leader(int pid) {
    Session session = sessions.get(pid);
    Integer leader = session == null ? null : session.leaderPid();
    return leader == null ? pid : leader;
  }

  private void plant() {
    for (Set<Integer> those : blockers.values()) {
      those.stream().filter(pid -> !blockers.containsKey(pid)).forEach(roots::add);
    }
    roots.forEach(this::place);
    Set<Integer> homeless = new LinkedHashSet<>(blockers.keySet());
    homeless.removeAll(placed);
    while (!homeless.isEmpty()) {
      if (!adopt(homeless)) {
        int start = onCircle(homeless.iterator().next());
        roots.add(start);
        place(start);
      }
      homeless.removeAll(placed);
    }
  }

  /** Places one whose first blocker leads in a circle under another blocker that does not. */
  private boolean adopt(Set<Integer> homeless) {
    for (int waiter : homeless) {
      for (int blocker : blockers(waiter)) {
        if (placed.contains(blocker)) {
          hang(waiter, blocker);
          place(waiter);
          return true;
        }
      }
    }
    return false;
  }

  /** Places a process, and below it all whose first blocker is already there. */
  private void place(int start) {
    Deque<Integer> open = new ArrayDeque<>(List.of(start));
    placed.add(start);
    while (!open.isEmpty()) {
      int blocker = open.remove();
      for (int waiter : firstBlocked.getOrDefault(blocker, List.of())) {
        if (placed.add(waiter)) {
          hang(waiter, blocker);
          open.add(waiter);
        }
      }
    }
  }

  private void hang(int waiter, int blocker) {
    parents.put(waiter, blocker);
    children.computeIfAbsent(blocker, key -> new LinkedHashSet<>()).add(waiter);
  }

  /** Parents are placed before their children, so that going back sums up each tree once. */
  private void count() {
    List<Integer> order = new ArrayList<>(placed);
    Collections.reverse(order);
    for (int pid : order) {
      Integer parent = parents.get(pid);
      if (parent != null) {
        below.merge(parent, 1 + below(pid), Integer::sum);
      }
    }
  }

  /** Follows the first blockers until one comes again: from a homeless waiter they never end. */
  private int onCircle(int waiter) {
    Set<Integer> seen = new HashSet<>();
    int pid = waiter;
    while (seen.add(pid)) {
      pid = blockers(pid).iterator().next();
    }
    return pid;
  }
}
