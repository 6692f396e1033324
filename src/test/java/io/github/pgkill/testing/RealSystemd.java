package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A real systemd in namespaces of its own, as root: it sees nothing of the machine's units, has its
 * own processes and {@code /run}, and ends with this JVM.
 */
public final class RealSystemd implements AutoCloseable {

  static final Path PROGRAM = Path.of("/lib/systemd/systemd");

  /** Everything is mounted privately, so that nothing of the machine is touched. */
  private static final String MOUNT =
      """
      set -e
      mount --make-rprivate /
      mount -t proc proc /proc
      mount -t tmpfs tmpfs /run
      mount -t tmpfs tmpfs /sys/fs/cgroup
      mount -t cgroup2 cgroup2 /sys/fs/cgroup
      """;

  private static final String BOOT =
      MOUNT
          + """
          exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=docker SYSTEMD_UNIT_PATH="$0" \
          "$1" --system --log-target=null
          """;

  private final Process process;
  private final Path units;
  private final long init;

  private RealSystemd(Process process, Path units, long init) {
    this.process = process;
    this.units = units;
    this.init = init;
  }

  static Optional<String> refused() {
    return Machine.refusedToRoot("make namespaces for systemd", alone(MOUNT));
  }

  private static List<String> alone(String script, String... arguments) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                "unshare",
                "--pid",
                "--mount",
                "--uts",
                "--ipc",
                "--cgroup",
                "--fork",
                "--kill-child",
                "--",
                "sh",
                "-c",
                script));
    argv.addAll(List.of(arguments));
    return argv;
  }

  /**
   * Boots one, which needs {@link Machine#SYSTEMD}.
   *
   * @param units an empty directory, not below {@code /run}
   */
  public static RealSystemd boot(Path units) throws IOException {
    Files.writeString(units.resolve("default.target"), "[Unit]\nDefaultDependencies=no\n");
    Path said = units.resolve("boot.log");
    Process process =
        new ProcessBuilder(alone(BOOT, units.toString(), PROGRAM.toString()))
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    Eventually.within(20, () -> !process.isAlive() || booted(process));
    if (!process.isAlive()) {
      throw new IllegalStateException("systemd does not boot: " + Files.readString(said));
    }
    return new RealSystemd(process, units, init(process));
  }

  private static boolean booted(Process process) {
    // looked up once: before it is systemd, it is other programs one after the other
    return process
        .children()
        .findFirst()
        .map(init -> inside(init.pid(), List.of("systemctl", "is-active", "default.target")))
        .filter(Commands::succeeds)
        .isPresent();
  }

  private static long init(Process process) {
    return process.children().findFirst().orElseThrow().pid();
  }

  /** Adds a unit and starts it. */
  public void start(String name, String text) {
    try {
      Files.writeString(units.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    run("systemctl", "daemon-reload");
    run("systemctl", "start", name);
  }

  /** Runs a program in there. */
  public void run(String... argv) {
    Commands.run(inside(List.of(argv)));
  }

  /** The command that runs that one in there. */
  public List<String> inside(List<String> argv) {
    return inside(init, argv);
  }

  private static List<String> inside(long init, List<String> argv) {
    List<String> inside =
        new ArrayList<>(List.of("nsenter", "--target", Long.toString(init), "--all", "--"));
    inside.addAll(argv);
    return inside;
  }

  /** Ends it and all that runs in there. */
  @Override
  public void close() throws IOException {
    process.destroyForcibly();
    try {
      process.waitFor();
      Directories.delete(units);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
