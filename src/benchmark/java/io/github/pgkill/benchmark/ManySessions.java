package io.github.pgkill.benchmark;

import io.github.pgkill.job.outcome.Termination;
import io.github.pgkill.testing.TestServer;
import java.io.File;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Time until 10 to 4,000 idle sessions are gone: the plugin's job against psql's one-liner followed
 * by counting who is left. The counting is done on a connection that is open already, every 10 ms,
 * which is better than a script could do.
 */
final class ManySessions {

  /** Of psql's time; with few sessions the connection is most of it. */
  private static final double WANTED = 1.15;

  private static final double WANTED_OF_FEW = 1.3;
  private static final int FEW = 10;

  private static final long POLL_MILLIS = 10;
  private static final int WARM_UP_JOBS = 100;
  private static final int WARM_UP_SESSIONS = 60;
  private static final int[] HEAPS = {6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 64, 96, 128};

  private static final String LEFT = "select count(*) from pg_stat_activity where datname = 'app'";

  private final TestServer server;
  private final Psql psql;
  private final Connection observer;
  private final Targets targets;

  private ManySessions(
      TestServer server, Psql psql, Connection observer, Targets targets) {
    this.server = server;
    this.psql = psql;
    this.observer = observer;
    this.targets = targets;
  }

  /** Measures all sizes on a server of its own and prints what came of it. */
  static void run(Psql psql, List<Integer> sizes, int rounds, Targets targets) throws Exception {
    int most = sizes.stream().mapToInt(Integer::intValue).max().orElseThrow();
    try (TestServer server = start(most)) {
      server.execute("create database app");
      try (Connection observer = server.connect("postgres", TestServer.SUPERUSER)) {
        ManySessions benchmark = new ManySessions(server, psql, observer, targets);
        benchmark.warmUp();
        for (int size : sizes) {
          benchmark.compare(size, size >= 1000 ? Math.max(3, rounds / 2) : rounds);
        }
        for (int size : sizes) {
          benchmark.weigh(size);
        }
      }
    }
  }

  private static TestServer start(int sessions) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("max_connections", Integer.toString(sessions + 200));
    settings.put("shared_buffers", "4MB");
    settings.put("autovacuum", "off");
    settings.put("wal_level", "minimal");
    settings.put("max_wal_senders", "0");
    settings.put("max_prepared_transactions", "0");
    settings.put("max_files_per_process", "64");
    return TestServer.start(settings);
  }

  private void warmUp() throws Exception {
    for (int i = 0; i < WARM_UP_JOBS; i++) {
      job(WARM_UP_SESSIONS);
    }
  }

  private void compare(int size, int rounds) throws Exception {
    Map<String, Samples> samples =
        new Rounds()
            .with("psql", () -> psql(size))
            .with("pgkill", () -> job(size))
            .run(rounds);
    Samples pgkill = samples.get("pgkill");
    Samples other = samples.get("psql");
    System.out.printf(
        Locale.ROOT,
        "%5d sessions, %2d rounds: pgkill/psql %s; pgkill %s, psql %s; per session %.2f and %.2f"
            + " ms%n",
        size,
        rounds,
        pgkill.ratioTo(other),
        pgkill,
        other,
        pgkill.median() / size,
        other.median() / size);
    targets.atMost(
        size <= FEW ? WANTED_OF_FEW : WANTED,
        "time for " + size + " sessions, of psql's",
        pgkill.timesOf(other));
  }

  private double psql(int size) throws Exception {
    try (IdleSessions sessions = open(size)) {
      long start = System.nanoTime();
      psql.run(server.port(), Psql.ONE_LINER);
      awaitNobody();
      return Rounds.millisSince(start);
    }
  }

  private double job(int size) throws Exception {
    try (IdleSessions sessions = open(size)) {
      long start = System.nanoTime();
      Termination termination = Job.run(server.port());
      double millis = Rounds.millisSince(start);
      requireAll(size, termination);
      return millis;
    }
  }

  /** What the results hold, and the smallest heap in which job and report get by. */
  private void weigh(int size) throws Exception {
    Termination termination;
    long before = usedHeap();
    try (IdleSessions sessions = open(size)) {
      termination = Job.run(server.port());
    }
    long kept = usedHeap() - before;
    requireAll(size, termination);
    try (IdleSessions sessions = open(size)) {
      System.out.printf(
          Locale.ROOT,
          "%5d sessions: results hold %.1f MB, job and report get by with -Xmx%dm%n",
          size,
          kept / 1e6,
          smallestHeap(size));
    }
  }

  private int smallestHeap(int size) throws Exception {
    for (int megabytes : HEAPS) {
      try (IdleSessions missing = open(size - left())) {
        if (succeedsWith(megabytes)) {
          return megabytes;
        }
        // those that it had terminated before its heap was full
        awaitQuiet();
      }
    }
    throw new IllegalStateException("even " + HEAPS[HEAPS.length - 1] + " MB are not enough");
  }

  private boolean succeedsWith(int megabytes) throws Exception {
    return new ProcessBuilder(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-XX:+UseSerialGC",
                "-Xmx" + megabytes + "m",
                "-classpath",
                System.getProperty("java.class.path"),
                Job.class.getName(),
                Integer.toString(server.port()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor()
        == 0;
  }

  private IdleSessions open(int size) throws Exception {
    return IdleSessions.open(size, server.port(), "app", TestServer.SUPERUSER);
  }

  private void awaitNobody() throws Exception {
    while (left() > 0) {
      Thread.sleep(POLL_MILLIS);
    }
  }

  private void awaitQuiet() throws Exception {
    int before = -1;
    for (int now = left(); now != before; now = left()) {
      before = now;
      Thread.sleep(500);
    }
  }

  private int left() throws SQLException {
    try (PreparedStatement statement = observer.prepareStatement(LEFT);
        ResultSet rows = statement.executeQuery()) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static void requireAll(int size, Termination termination) {
    long ended = termination.results().stream().filter(r -> r.outcome().ended()).count();
    if (ended != size) {
      throw new IllegalStateException(ended + " of " + size + " sessions ended");
    }
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    System.gc();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** {@code 10,100,1000}. */
  static List<Integer> sizes(String text) {
    return Arrays.stream(text.split(",")).map(String::trim).map(Integer::valueOf).toList();
  }
}
