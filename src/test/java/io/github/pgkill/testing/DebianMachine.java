package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A Debian machine with clusters of its own, as root: this machine with its postgresql-common, but
 * with another {@code /etc/postgresql} and all that belongs to it, mounted for its processes only.
 * The clusters of the real machine are not to be seen there, and end with this JVM.
 */
public final class DebianMachine implements AutoCloseable {

  static final int MAJOR = 15;

  /** Where its PostgreSQL is installed. */
  static final Path HOME = Path.of("/usr/lib/postgresql/" + MAJOR);

  static final List<String> PROGRAMS =
      List.of(
          "/usr/bin/pg_createcluster",
          "/usr/bin/pg_ctlcluster",
          "/usr/sbin/service",
          HOME.resolve("bin/postgres").toString());

  /** The extension whose worker its launcher starts anew. */
  static final Path CRON = HOME.resolve("lib/pg_cron.so");

  /** Its input ends when this JVM does, even by SIGKILL. */
  private static final String KEEP =
      """
      mount --make-rprivate /
      for folder in etc/postgresql var/lib/postgresql var/log/postgresql run/postgresql; do
        mkdir -p "/$folder" "$0/$folder" && mount --bind "$0/$folder" "/$folder" || exit 1
      done
      chown -R postgres:postgres "$0/var" "$0/run" && chmod 755 "$0" && echo there
      cat >/dev/null
      pg_lsclusters --no-header | while read version name rest; do
        pg_ctlcluster -m immediate "$version" "$name" stop
      done
      cd / && rm -rf "$0"/*
      """;

  private final Process keeper;
  private final Path directory;

  private DebianMachine(Process keeper, Path directory) {
    this.keeper = keeper;
    this.directory = directory;
  }

  static Optional<String> refused() {
    return Machine.refusedToRoot(
        "mount folders of its own",
        List.of("unshare", "--mount", "--", "mount", "--make-rprivate", "/"));
  }

  /** Sets one up, which needs {@link Machine#DEBIAN_CLUSTERS}. */
  public static DebianMachine start() throws IOException {
    Path directory = Directories.temporary();
    Path said = directory.resolve("said");
    Process keeper =
        new ProcessBuilder("unshare", "--mount", "--", "sh", "-c", KEEP, directory.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    Eventually.within(20, () -> !keeper.isAlive() || Files.readString(said).contains("there"));
    if (!keeper.isAlive()) {
      throw new IllegalStateException("no mounts of our own: " + Files.readString(said));
    }
    return new DebianMachine(keeper, directory);
  }

  /**
   * Creates a cluster that trusts everybody and starts it.
   *
   * @return where its data is, there and here
   */
  public Path createCluster(String name, int port) {
    Path data = directory.resolve("data-" + name);
    run(
        "/usr/bin/pg_createcluster",
        "--port=" + port,
        "--datadir=" + data,
        Integer.toString(MAJOR),
        name,
        "--",
        "--auth=trust",
        "--no-sync");
    run("/usr/bin/pg_ctlcluster", Integer.toString(MAJOR), name, "start");
    return data;
  }

  /** Adds a line to a cluster's configuration. */
  public void configure(String name, String line) {
    Path file =
        directory.resolve("etc/postgresql").resolve(MAJOR + "/" + name + "/postgresql.conf");
    try {
      Files.writeString(file, Files.readString(file) + "\n" + line + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs a program there. */
  public void run(String... argv) {
    Commands.run(inside(List.of(argv)));
  }

  /** Stand-ins that run the machine's own tools there, each with its arguments as they are. */
  public StandInPrograms tools(StandInPrograms standIns) {
    Stream.of("/usr/bin/pg_ctlcluster", "/usr/bin/pg_lsclusters", "/usr/sbin/service")
        .forEach(
            tool ->
                standIns.program(
                    Path.of(tool).getFileName().toString(),
                    "exec " + StandInPrograms.quoted(inside(List.of(tool))) + " \"$@\""));
    return standIns;
  }

  private List<String> inside(List<String> argv) {
    List<String> inside =
        new ArrayList<>(
            List.of("nsenter", "--target", Long.toString(keeper.pid()), "--mount", "--"));
    inside.addAll(argv);
    return inside;
  }

  @Override
  public void close() throws IOException {
    keeper.getOutputStream().close();
    try {
      keeper.waitFor();
      Directories.delete(directory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
