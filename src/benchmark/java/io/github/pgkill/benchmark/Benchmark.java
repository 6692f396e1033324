package io.github.pgkill.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Runs both comparisons, or the one that {@code -Dbenchmark.only=process} or {@code sessions} asks
 * for; with {@code keep-clear} neither, but builds beside a busy pool, and with {@code template} a
 * copied database against a migrated one.
 */
public final class Benchmark {

  private Benchmark() {}

  /**
   * @param arguments the folder of the benchmark's sources, one to work in, and the plugin's jar
   */
  public static void main(String[] arguments) throws Exception {
    String only = System.getProperty("benchmark.only", "");
    System.out.printf(
        "%d cores, Java %s, PostgreSQL %s%n",
        Runtime.getRuntime().availableProcessors(),
        System.getProperty("java.version"),
        System.getProperty("pg.major"));
    if (only.equals("keep-clear")) {
      KeepClearBuilds.run(
          Path.of(arguments[0]).toAbsolutePath(),
          Path.of(arguments[1]).toAbsolutePath(),
          Path.of(arguments[2]).toAbsolutePath(),
          Integer.getInteger("benchmark.builds", 50));
      return;
    }
    if (only.equals("template")) {
      TemplateOrMigration.run(Integer.getInteger("benchmark.sessions.rounds", 10));
      return;
    }
    Targets targets = new Targets();
    if (!only.equals("sessions")) {
      WholeProcess.run(
          Path.of(arguments[0]).toAbsolutePath(),
          Path.of(arguments[1]).toAbsolutePath(),
          Path.of(arguments[2]).toAbsolutePath(),
          Integer.getInteger("benchmark.process.rounds", 11),
          targets);
    }
    if (!only.equals("process")) {
      manySessions(targets);
    }
    targets.print();
  }

  private static void manySessions(Targets targets) throws Exception {
    Optional<Psql> psql = Psql.find();
    if (psql.isEmpty()) {
      System.out.println("No psql on the PATH: nothing to compare with. Name one: -Dbenchmark.psql=");
      return;
    }
    List<Integer> sizes =
        ManySessions.sizes(System.getProperty("benchmark.sizes", "10,100,1000,4000"));
    ManySessions.run(
        psql.get(), sizes, Integer.getInteger("benchmark.sessions.rounds", 10), targets);
  }
}
