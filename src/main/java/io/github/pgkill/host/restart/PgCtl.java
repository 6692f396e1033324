package io.github.pgkill.host.restart;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.host.HostCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** PostgreSQL's own: {@code pg_ctl restart}, as the user whom the data belongs to. */
final class PgCtl implements ServiceManager {

  /** pg_ctl puts paths between double quotes and hands the line to a shell. */
  private static final Pattern UNSAFE = Pattern.compile("[\"$`\\\\\\p{Cntrl}]");

  /**
   * What a server may inherit from a build: not its PGPORT, nor the passwords that a CI keeps in
   * variables, which whoever may run a program on the server could read.
   */
  private static final Pattern INHERITED =
      Pattern.compile(
          "PATH|HOME|USER|LOGNAME|SHELL|LANG|LANGUAGE|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|LC_.*|LD_.*|DYLD_.*");

  private static final String ROOT = "root";

  private final Tools tools;
  private final RestartTarget target;
  private final Path dataDirectory;

  PgCtl(Tools tools, RestartTarget target) {
    this.tools = tools;
    this.target = target;
    if (target.dataDirectory() == null) {
      throw new PgkillFailure(
          "the server hides from this role where its data is, which pg_ctl has to know",
          "GRANT pg_read_all_settings TO the role, or name it: -Dpgkill.dataDirectory=...");
    }
    this.dataDirectory = target.dataDirectory();
    refuseUnsafe(dataDirectory);
  }

  @Override
  public String prove() {
    Optional<String> unit = Systemctl.owning(tools, target.seen());
    if (unit.isPresent()) {
      throw new PgkillFailure(
          "unit "
              + unit.get()
              + " of systemd runs the server, and would take a restart by pg_ctl for its end",
          "Restart the unit: -Dpgkill.restartWith=systemctl -Dpgkill.serviceName=" + unit.get());
    }
    return "the server's data is in " + dataDirectory;
  }

  @Override
  public HostCommand command() {
    long seconds = Math.max(1, target.readyTimeout().toSeconds());
    List<String> argv = new ArrayList<>(asOwner());
    argv.addAll(List.of(program(), "restart", "-D", dataDirectory.toString()));
    argv.addAll(List.of("-m", target.mode().word(), "-w", "-t", Long.toString(seconds)));
    // without it the server would write into the pipe to this build, which will not be there
    argv.addAll(List.of("-l", messages().toString()));
    return new HostCommand(
        argv,
        // pg_ctl refuses to run where its user may not be
        dataDirectory.getRoot(),
        withoutTheBuilds(),
        // it waits for the end as long as for the new beginning, and must not be ended in between
        target.readyTimeout().multipliedBy(2).plus(Tools.MARGIN),
        Set.of(0),
        List.of());
  }

  /** Where no server runs, the same starts one, with the arguments that the last one had. */
  @Override
  public Optional<HostCommand> start() {
    return Optional.of(command());
  }

  @Override
  public Optional<Path> log() {
    return Optional.of(messages());
  }

  private static void refuseUnsafe(Path path) {
    if (UNSAFE.matcher(path.toString()).find()) {
      throw new PgkillFailure(
          "pg_ctl would hand the path "
              + path.toString().replaceAll("\\p{Cntrl}", "?")
              + " to a shell, which would read more than a path in it",
          "Restart this server with another -Dpgkill.restartWith.");
    }
  }

  /** Where the server writes to now; beside its data where that is no file, or not to be seen. */
  private Path messages() {
    Path file =
        target
            .seen()
            .messages()
            // what somebody else opened for the server it could not open again
            .filter(open -> owner(open).equals(owner(dataDirectory)))
            .orElseGet(() -> dataDirectory.resolve("pgkill-restart.log"));
    refuseUnsafe(file);
    return file;
  }

  private String program() {
    return target
        .seen()
        .executable()
        .map(postgres -> postgres.resolveSibling("pg_ctl"))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .orElseGet(() -> tools.programs().require("pg_ctl"));
  }

  /** What has to stand before it so that it runs as the owner; pg_ctl refuses everybody else. */
  private List<String> asOwner() {
    String owner = owner(dataDirectory);
    String us = System.getProperty("user.name");
    if (owner.equals(ROOT)) {
      throw new PgkillFailure(
          "the data directory " + dataDirectory + " belongs to root, as whom no server starts",
          "Restart this server with another -Dpgkill.restartWith.");
    }
    if (owner.equals(us)) {
      return List.of();
    }
    if (ROOT.equals(us)) {
      return asRoot(owner);
    }
    if (target.sudo()) {
      return List.of(tools.sudo(), "-n", "-u", owner, "--");
    }
    throw new PgkillFailure(
        "the data directory "
            + dataDirectory
            + " belongs to "
            + owner
            + ", this build runs as "
            + us,
        "Run the build as " + owner + ", or let it become that user: -Dpgkill.sudo");
  }

  private List<String> asRoot(String owner) {
    @Nullable Path setpriv = tools.programs().find("setpriv").orElse(null);
    if (setpriv != null) {
      boolean nameless = owner.matches("\\d+");
      return List.of(
          setpriv.toString(),
          "--reuid=" + attribute("unix:uid"),
          "--regid=" + attribute("unix:gid"),
          nameless ? "--clear-groups" : "--init-groups",
          "--");
    }
    return tools
        .programs()
        .find("runuser")
        .map(runuser -> List.of(runuser.toString(), "-u", owner, "--"))
        .orElseGet(() -> List.of(tools.sudo(), "-n", "-u", owner, "--"));
  }

  private String owner(Path file) {
    try {
      return Files.getOwner(file).getName();
    } catch (IOException e) {
      throw hidden(e);
    }
  }

  private String attribute(String name) {
    try {
      return String.valueOf(Files.getAttribute(dataDirectory, name));
    } catch (IOException e) {
      throw hidden(e);
    }
  }

  private PgkillFailure hidden(IOException e) {
    return new PgkillFailure(
        "cannot see whom the data directory " + dataDirectory + " belongs to: " + e.getMessage(),
        "Run the build as a user who may, or restart with another -Dpgkill.restartWith.",
        e);
  }

  private static Map<String, @Nullable String> withoutTheBuilds() {
    Map<String, @Nullable String> removed = new TreeMap<>();
    System.getenv().keySet().stream()
        .filter(name -> !INHERITED.matcher(name).matches())
        .forEach(name -> removed.put(name, null));
    return removed;
  }
}
