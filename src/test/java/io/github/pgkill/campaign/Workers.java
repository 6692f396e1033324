package io.github.pgkill.campaign;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps a JVM in reserve, so that no round waits for the start of one. */
final class Workers implements AutoCloseable {

  private static final int RESERVE = 2;

  private final Path directory;
  private final Deque<BuildWorker> starting = new ArrayDeque<>();

  Workers(Path directory) {
    this.directory = directory;
    refill();
  }

  private void refill() {
    while (starting.size() < RESERVE) {
      starting.add(BuildWorker.start(directory));
    }
  }

  /** One that can take orders. */
  BuildWorker take() {
    BuildWorker worker = starting.remove().ready();
    refill();
    return worker;
  }

  /** One that ended its build in peace may run another. */
  void giveBack(BuildWorker worker) {
    starting.addFirst(worker);
  }

  @Override
  public void close() {
    starting.forEach(BuildWorker::kill);
  }
}
