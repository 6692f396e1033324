package io.github.pgkill.host.dump;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.model.connection.DialledServer;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.CommandResult;
import io.github.pgkill.model.host.HostCommand;
import io.github.pgkill.model.value.Secret;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.codehaus.plexus.util.Os;
import org.jspecify.annotations.Nullable;

/**
 * The two programs of one PostgreSQL release, and how they are called. Arguments hold no secret and
 * nothing that libpq would read as a connection: those go through the environment.
 *
 * @param pgDump what dumps
 * @param pgRestore what reads and restores, from beside it
 */
public record DumpTools(Path pgDump, Path pgRestore) {

  private static final Pattern VERSION = Pattern.compile("\\)\\s+((\\d+)[^\\s]*)");
  private static final Duration QUICK = Duration.ofSeconds(60);

  /** Nobody waits longer than this; what stands still is ended long before. */
  private static final Duration LONGEST = Duration.ofDays(1);

  /** The release that has it. */
  private static final int TRANSACTION_TIMEOUT = 17;

  private static final String SILENT = Os.isFamily(Os.FAMILY_WINDOWS) ? "NUL" : "/dev/null";

  /**
   * A program's version.
   *
   * @param text as it prints it
   * @param major the number before the dot
   */
  public record Version(String text, int major) {}

  /**
   * Looks for them.
   *
   * @param pgDump a path, or a name to look for on the path; null for {@code pg_dump}
   * @throws InvalidParameter when the user's own choice is not there
   * @throws PgkillError when there is none on this machine
   */
  public static DumpTools locate(@Nullable String pgDump) {
    Path dump =
        found(pgDump == null ? "pg_dump" : pgDump)
            .orElseThrow(() -> pgDump == null ? missing() : missing(pgDump));
    return new DumpTools(dump, beside(dump));
  }

  private static Path beside(Path dump) {
    String name = "pg_restore" + (dump.toString().endsWith(".exe") ? ".exe" : "");
    List<Path> places = new ArrayList<>(List.of(dump.resolveSibling(name)));
    try {
      places.add(dump.toRealPath().resolveSibling(name));
    } catch (IOException e) {
      // then only what stands beside the link itself
    }
    return places.stream()
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new PgkillError(
                    "there is no pg_restore beside " + dump + ", so that no dump could be checked",
                    "Name a pg_dump with a pg_restore beside it: -Dpgkill.pgDump=/path/to/pg_dump",
                    null));
  }

  private static Optional<Path> found(String name) {
    try {
      Path given = Path.of(name);
      if (given.getNameCount() > 1 || given.isAbsolute()) {
        return program(given.toAbsolutePath());
      }
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
    String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
    return Arrays.stream(path.split(Pattern.quote(File.pathSeparator)))
        .filter(directory -> !directory.isEmpty())
        .flatMap(directory -> program(Path.of(directory).toAbsolutePath().resolve(name)).stream())
        .findFirst();
  }

  private static Optional<Path> program(Path path) {
    return List.of(path, path.resolveSibling(path.getFileName() + ".exe")).stream()
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  private static PgkillError missing() {
    return new PgkillError(
        "there is no pg_dump on the path of this build",
        "Install PostgreSQL's client programs (Debian: postgresql-client, Red Hat: postgresql,"
            + " Homebrew: libpq), or name one: -Dpgkill.pgDump=/path/to/pg_dump",
        null);
  }

  private static InvalidParameter missing(String given) {
    return new InvalidParameter(
        "pgDump",
        "'" + given + "' is not a program on this machine",
        "Write the path of a pg_dump, or leave it out to take the one on the path.");
  }

  /** The version of pg_dump as it will run: a distribution's wrapper chooses by environment. */
  public Version dumpVersion(CommandRunner runner, DialledServer server) {
    return version(runner, server, pgDump);
  }

  /** The same of pg_restore. */
  public Version restoreVersion(CommandRunner runner, DialledServer server) {
    return version(runner, server, pgRestore);
  }

  private static Version version(CommandRunner runner, DialledServer server, Path tool) {
    CommandResult result =
        runner.run(
            HostCommand.of(List.of(tool.toString(), "--version"), QUICK)
                .withEnvironment(withoutSecret(server)));
    Matcher version = VERSION.matcher(result.stdout());
    if (!result.succeeded() || !version.find()) {
      throw new PgkillError(
          tool
              + " does not say which version it is"
              + (result.succeeded() ? ": " + result.stdout().strip() : ": " + result.failure()),
          "Name another one: -Dpgkill.pgDump=/path/to/pg_dump",
          null);
    }
    Version found = new Version(version.group(1), Integer.parseInt(version.group(2)));
    ClientEnvironment.requireHonoured(server, tool + " " + found.text(), found.major());
    return found;
  }

  /**
   * Refuses a pg_dump that is older than the server: it does not know what it would leave out.
   *
   * @throws PgkillFailure naming the package
   */
  public void requireNotOlder(Version dump, String serverVersion, int serverMajor) {
    if (dump.major() < serverMajor) {
      throw new PgkillFailure(
          "pg_dump " + dump.text() + " cannot dump a server of version " + serverVersion,
          "Install the client programs of PostgreSQL "
              + serverMajor
              + " (Debian: postgresql-client-"
              + serverMajor
              + ", Red Hat: postgresql"
              + serverMajor
              + ", Homebrew: postgresql@"
              + serverMajor
              + "), or name them: -Dpgkill.pgDump=/path/to/pg_dump");
    }
  }

  /**
   * Dumps a database.
   *
   * @param file where to; its directory is there
   * @param lockWait how long to wait for each lock
   */
  public HostCommand dump(DialledServer server, String database, Path file, Duration lockWait) {
    List<String> argv =
        new ArrayList<>(
            List.of(
                pgDump.toString(),
                "--format=custom",
                "--file=" + file,
                "--no-password",
                "--lock-wait-timeout=" + lockWait.toMillis()));
    return connecting(
        argv, server, server.settings().role(), ClientEnvironment.of(server, database));
  }

  /**
   * Restores a dump into a database, and gives up at the first error. Not in one transaction, which
   * would hold a lock on every object at a time: when it fails, the whole database goes.
   *
   * @param role whose objects they are to be: {@code SET ROLE} after connecting; null for none
   * @param forgiving whether to go on after errors, which then have to be judged by {@link
   *     #onlyUnknownTimeout}
   */
  public HostCommand restore(
      DialledServer server, String database, Path file, @Nullable String role, boolean forgiving) {
    List<String> argv = new ArrayList<>(List.of(pgRestore.toString(), "--no-password"));
    if (!forgiving) {
      argv.add("--exit-on-error");
    }
    argv.add("--dbname=" + conninfo(database));
    return connecting(argv, server, role, ClientEnvironment.of(server, null), file.toString());
  }

  /**
   * Whether a pg_restore would fail on every server of that version: from 17 on it sets a timeout
   * that older servers do not have ({@code _doSetFixedOutputState} in pg_backup_archiver.c).
   */
  public static boolean setsUnknownTimeout(Version restore, int serverMajor) {
    return restore.major() >= TRANSACTION_TIMEOUT && serverMajor < TRANSACTION_TIMEOUT;
  }

  /** Whether a forgiving restoration had to forgive that timeout and nothing else. */
  public static boolean onlyUnknownTimeout(CommandResult result) {
    return !result.timedOut()
        && result.exitCode() == 1
        && result.tail().contains("\"transaction_timeout\"")
        && result.tail().stripTrailing().endsWith("errors ignored on restore: 1");
  }

  /** Writes the list of what a dump holds. */
  public HostCommand list(DialledServer server, Path file, Path into) {
    return reading(server, QUICK.multipliedBy(10), "--list", "--file=" + into, file.toString());
  }

  /** Reads a dump to its end, as restoring would, and throws the result away. */
  public HostCommand readThrough(DialledServer server, Path file, Duration timeout) {
    return reading(server, timeout, "--file=" + SILENT, file.toString());
  }

  /** Connects to nothing; the environment is for a wrapper that chooses a version by it. */
  private HostCommand reading(DialledServer server, Duration timeout, String... arguments) {
    List<String> argv = new ArrayList<>(List.of(pgRestore.toString()));
    argv.addAll(List.of(arguments));
    return HostCommand.of(argv, timeout).withEnvironment(withoutSecret(server));
  }

  private static HostCommand connecting(
      List<String> argv,
      DialledServer server,
      @Nullable String role,
      Map<String, @Nullable String> environment,
      String... last) {
    if (role != null) {
      argv.add("--role=" + role);
    }
    argv.addAll(List.of(last));
    argv.forEach(DumpTools::requireExpressible);
    HostCommand command = HostCommand.of(argv, LONGEST).withEnvironment(environment);
    Secret password = server.settings().password();
    return password == null ? command : command.withSecret(password);
  }

  private static void requireExpressible(String argument) {
    if (!ClientEnvironment.expressible(argument)) {
      throw new PgkillFailure(
          "the argument "
              + argument
              + " cannot be handed to a program in this build's locale without being changed",
          "Start Maven in a UTF-8 locale, such as LC_ALL=C.UTF-8.");
    }
  }

  /** A database whose name holds {@code =} or begins like a URL would be read as a connection. */
  private static String conninfo(String database) {
    return "dbname='" + database.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }

  private static Map<String, @Nullable String> withoutSecret(DialledServer server) {
    Map<String, @Nullable String> environment = ClientEnvironment.of(server, null);
    environment.remove("PGPASSWORD");
    return environment;
  }
}
