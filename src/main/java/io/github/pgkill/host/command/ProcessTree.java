package io.github.pgkill.host.command;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program that we started, and all that it started. */
final class ProcessTree {

  private static final long LOOK_MILLIS = 20;

  private final ProcessHandle root;

  ProcessTree(ProcessHandle root) {
    this.root = root;
  }

  /**
   * Ends all of them: asks first, and kills what is left after the grace. What has detached itself
   * from its parents before is not found.
   */
  void end(Duration grace) {
    Set<ProcessHandle> known = new LinkedHashSet<>();
    long deadline = System.nanoTime() + grace.toNanos();
    while (System.nanoTime() < deadline) {
      List<ProcessHandle> left = left(known);
      if (left.isEmpty()) {
        return;
      }
      left.stream().filter(known::add).forEach(ProcessHandle::destroy);
      pause();
    }
    // a child may have been born while its siblings were killed, so look until none is left
    long lastLook = System.nanoTime() + grace.toNanos();
    for (List<ProcessHandle> left = left(known);
        !left.isEmpty() && System.nanoTime() < lastLook;
        left = left(known)) {
      known.addAll(left);
      left.forEach(ProcessHandle::destroyForcibly);
      pause();
    }
  }

  /** Children first known by a parent that is gone by now are remembered. */
  private List<ProcessHandle> left(Set<ProcessHandle> known) {
    Stream<ProcessHandle> family =
        Stream.concat(Stream.of(root), Stream.concat(known.stream(), root.descendants()));
    Stream<ProcessHandle> orphans = known.stream().flatMap(ProcessHandle::descendants);
    return Stream.concat(family, orphans).distinct().filter(ProcessHandle::isAlive).toList();
  }

  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
