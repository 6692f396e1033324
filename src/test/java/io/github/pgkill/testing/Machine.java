package io.github.pgkill.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Assumptions;

/** What tests may need of the machine they run on, and not every machine has: see {@link Needs}. */
public enum Machine {

  /** Chromium and chromedriver. */
  CHROMIUM(Browser::missing, Optional::empty),

  /** A systemd that may boot in namespaces of its own. */
  SYSTEMD(
      () -> programs(RealSystemd.PROGRAM.toString(), "/usr/bin/unshare", "/usr/bin/nsenter"),
      RealSystemd::refused),

  /** Debian's tools for clusters of PostgreSQL 15, which see folders of their own. */
  DEBIAN_CLUSTERS(() -> programs(DebianMachine.PROGRAMS), DebianMachine::refused),

  /** Debian's PostgreSQL 15 with pg_cron. */
  PG_CRON(Machine::noCron, Optional::empty),

  /** Patroni, etcd, HAProxy and Debian's PostgreSQL 15, none of them started. */
  FLEET(Fleet::missing, Optional::empty),

  /** A pg_dump that can dump the server of the tests. */
  PG_DUMP(ClientPrograms::missing, ClientPrograms::tooOld),

  /** A pg_dump that is too old for the server of the tests. */
  OLD_PG_DUMP(ClientPrograms::missing, ClientPrograms::newEnough),

  /** PgBouncer. */
  PGBOUNCER(TestPooler::missing, Optional::empty),

  /** A server that runs as the user whose files it has. */
  SERVER_OF_ITS_OWNER(Optional::empty, TestServer::ownerRefused),

  /** Anything, once: nothing in these tests depends on the version of PostgreSQL. */
  DEFAULT_MAJOR(
      Optional::empty,
      () ->
          PostgresBinaries.defaultMajor() == 15
              ? Optional.empty()
              : Optional.of("nothing here depends on PostgreSQL's version"));

  /**
   * Set where everything has been installed, as {@code .ci/run} does: what is missing is an error.
   */
  private static final boolean COMPLETE = "1".equals(System.getenv("PGKILL_TESTS_MUST_RUN"));

  private final Supplier<Optional<String>> missing;
  private final Supplier<Optional<String>> refused;

  /**
   * One need.
   *
   * @param missing which program is not installed
   * @param refused why it is of no use here although it is
   */
  Machine(Supplier<Optional<String>> missing, Supplier<Optional<String>> refused) {
    this.missing = missing;
    this.refused = refused;
  }

  /**
   * Why a test that needs it cannot run; empty where it can.
   *
   * @throws IllegalStateException when it is missing where it must not be
   */
  Optional<String> lacking() {
    Optional<String> program = missing.get();
    if (program.isPresent() && COMPLETE) {
      throw new IllegalStateException(program.get() + ", but PGKILL_TESTS_MUST_RUN is 1");
    }
    return program.or(refused);
  }

  /** Skips a test that comes to need it in its course. */
  public void assumed() {
    Optional<String> lacking = lacking();
    Assumptions.assumeTrue(lacking.isEmpty(), () -> lacking.orElse(""));
  }

  private static Optional<String> programs(String... paths) {
    return programs(List.of(paths));
  }

  private static Optional<String> programs(List<String> paths) {
    return paths.stream()
        .filter(path -> !Files.isExecutable(Path.of(path)))
        .findFirst()
        .map(path -> "no " + path + " on this machine");
  }

  private static Optional<String> noCron() {
    return Files.exists(DebianMachine.CRON)
        ? Optional.empty()
        : Optional.of("no " + DebianMachine.CRON + " on this machine");
  }

  /** Why nobody but root could do that, or not even root. */
  static Optional<String> refusedToRoot(String what, List<String> argv) {
    if (!"root".equals(System.getProperty("user.name"))) {
      return Optional.of("only root may " + what);
    }
    return Commands.succeeds(argv)
        ? Optional.empty()
        : Optional.of("root may not " + what + " here");
  }
}
