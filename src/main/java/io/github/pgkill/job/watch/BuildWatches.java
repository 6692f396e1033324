package io.github.pgkill.job.watch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The watchers of this build. Its modules share them: who asks for the same watch once more starts
 * no second one.
 */
public final class BuildWatches {

  private static final Map<Watched, ClearWatch> RUNNING = new LinkedHashMap<>();
  private static boolean ending;

  private BuildWatches() {}

  /** What tells one watch from another. */
  private record Watched(String key, KeepClear.Request request) {}

  /** Starts a watcher, unless there is one already or the process is about to end. */
  static synchronized void begin(KeepClear.Post post, Supplier<ClearWatch> watcher) {
    Watched watched = new Watched(post.key(), post.request());
    if (!ending && !RUNNING.containsKey(watched)) {
      ClearWatch started = watcher.get();
      started.start();
      RUNNING.put(watched, started);
    }
  }

  /** Whether nobody watches. */
  public static synchronized boolean isEmpty() {
    return RUNNING.isEmpty();
  }

  /** From now on no watcher is started any more: the process is about to end. */
  public static synchronized void end() {
    ending = true;
  }

  /** Ends all watchers, tells what they did, and writes their reports. Never fails. */
  public static void endAll() {
    List<ClearWatch> all;
    synchronized (BuildWatches.class) {
      all = new ArrayList<>(RUNNING.values());
      RUNNING.clear();
    }
    all.forEach(ClearWatch::end);
  }
}
