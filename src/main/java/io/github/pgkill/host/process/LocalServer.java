package io.github.pgkill.host.process;

import io.github.pgkill.host.command.Paths;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.InstanceInfo;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A server that is proven to be one of this machine's: what it says of itself, what the host shows
 * of its processes and what its {@code postmaster.pid} says are about one and the same. Whatever
 * this user can see must agree. What is hidden from this user, as another user's working directory
 * is, hinders only those who want to signal its {@link #backends}.
 */
public final class LocalServer {

  /** What mends it that a process may be neither looked at nor signalled. */
  public static final String AS_ITS_OWNER =
      "Run the build as the operating system's user that the server runs as, or as root.";

  private static final String WHERE =
      "Run this goal on the server's machine, neither through a tunnel nor into a container"
          + " (restart-server has -Dpgkill.restartWith=docker and command for these), and name that"
          + " server's data directory, if any: -Dpgkill.dataDirectory=...";

  private final String which;
  private final HostProcess postmaster;
  private final int port;
  private final @Nullable Path dataDirectory;

  /** The first part of the proof that this user may not see. */
  private @Nullable PgkillFailure hidden;

  private LocalServer(
      String which, HostProcess postmaster, int port, @Nullable Path dataDirectory) {
    this.which = which;
    this.postmaster = postmaster;
    this.port = port;
    this.dataDirectory = dataDirectory;
  }

  /**
   * The server that answered us.
   *
   * @param told what it says of itself
   * @param named the data directory that the user names; null for the server's own word
   * @throws PgkillFailure when it is not provably one of this machine's
   */
  public static LocalServer answering(InstanceInfo told, @Nullable String named) {
    InstanceInfo.Serving own = told.serving();
    HostProcess serving =
        HostProcess.of(own.pid(), HostProcess.PROC).orElseThrow(() -> notHere(own));
    HostProcess postmaster =
        serving
            .parent()
            .filter(parent -> otherProgram(parent).isEmpty())
            .orElseThrow(() -> notHere(own));
    LocalServer server =
        new LocalServer(
            "the server in the URL", postmaster, told.port(), directory(told, postmaster, named));
    if (named == null && told.dataDirectory() == null) {
      server.hide(
          new PgkillFailure(
              "the server does not tell this role where its data directory is",
              "Name it: -Dpgkill.dataDirectory=..., or GRANT pg_read_all_settings TO "
                  + own.role()
                  + ";"));
    }
    server.prove(told.startedAt(), server.file());
    server.proveServing(serving, own);
    return server;
  }

  /**
   * The server that runs in a data directory, whether it answers or not.
   *
   * @throws PgkillFailure when none is provably there, or this user may not see
   */
  public static LocalServer in(String dataDirectory) {
    try {
      return of(PostmasterFile.in(absolute(dataDirectory)), HostProcess.PROC);
    } catch (AccessDeniedException e) {
      throw mayNotRead(e);
    }
  }

  static LocalServer of(PostmasterFile file, Path proc) {
    String which = "the server in data directory " + file.dataDirectory();
    HostProcess postmaster =
        HostProcess.of(file.pid(), proc)
            .orElseThrow(
                () -> another(which, file.pid(), "there is no such process on this machine"));
    LocalServer server = new LocalServer(which, postmaster, file.port(), file.dataDirectory());
    server.prove(file.startedAt(), file);
    return server;
  }

  public HostProcess postmaster() {
    return postmaster;
  }

  /** Where its data is; null where neither server nor host says. */
  public @Nullable Path dataDirectory() {
    return dataDirectory;
  }

  /** The port that it listens on. */
  public int port() {
    return port;
  }

  /**
   * Whether a server has the data now: the one of before, which has not ended yet, or another one
   * that is starting. Where its file is not for us to read, only the one of before is seen.
   */
  public boolean held() {
    try {
      return postmaster.alive()
          || (dataDirectory != null
              && postmaster
                  .other(PostmasterFile.pidIn(dataDirectory))
                  .filter(HostProcess::alive)
                  .isPresent());
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Its processes, for whoever signals them.
   *
   * @throws PgkillFailure when a part of the proof is hidden from this user
   */
  public Backends backends() {
    if (hidden != null) {
      throw hidden;
    }
    return new Backends(postmaster);
  }

  /**
   * Its processes that are stopped (SIGSTOP, a debugger), which no SQL can tell from those that
   * just do nothing.
   *
   * @throws PgkillFailure where the system does not show that
   */
  public List<HostProcess> stopped() {
    if (!postmaster.detailed()) {
      throw new PgkillFailure("this system does not show which processes are stopped", null);
    }
    return postmaster
        .children()
        .filter(HostProcess::stopped)
        .sorted(Comparator.comparing(HostProcess::pid))
        .toList();
  }

  private static @Nullable Path directory(
      InstanceInfo told, HostProcess postmaster, @Nullable String named) {
    Path wanted = named == null ? null : absolute(named);
    Path server =
        told.dataDirectory() == null ? argument(postmaster) : absolute(told.dataDirectory());
    if (wanted != null && server != null && !Paths.same(wanted, server)) {
      throw new GuardRefusal(
          "dataDirectory is " + wanted + ", but the server's data is in " + server,
          "Name the server that is meant by its url, or leave dataDirectory out.");
    }
    return wanted == null ? server : wanted;
  }

  /** Where a role may not ask, everybody may see what the server was started with. */
  private static @Nullable Path argument(HostProcess postmaster) {
    List<String> arguments = postmaster.arguments();
    int option = arguments.indexOf("-D");
    return arguments.stream()
        .skip(option < 0 ? arguments.size() : option + 1)
        .limit(1)
        .map(Path::of)
        .filter(Path::isAbsolute)
        // else it is where the settings are, which name the data directory
        .filter(path -> !Files.notExists(path.resolve("PG_VERSION")))
        .findFirst()
        .orElse(null);
  }

  private static Path absolute(String text) {
    try {
      Path path = Path.of(text.trim());
      if (path.isAbsolute()) {
        return path;
      }
    } catch (InvalidPathException e) {
      // said below
    }
    throw new InvalidParameter(
        "dataDirectory",
        "'" + text + "' is not an absolute path",
        "Write the whole path of the server's data directory.");
  }

  private @Nullable PostmasterFile file() {
    try {
      return dataDirectory == null ? null : PostmasterFile.in(dataDirectory);
    } catch (AccessDeniedException e) {
      hide(mayNotRead(e));
      return null;
    }
  }

  /** What the process runs, if that is seen and is not PostgreSQL's server. */
  private static Optional<String> otherProgram(HostProcess process) {
    return process
        .program()
        .or(() -> process.arguments().stream().findFirst())
        .filter(program -> !ServerProgram.isNamed(program));
  }

  /**
   * Whether its first process is the one of that start and that file.
   *
   * @param file null where there is none to be seen
   */
  private void prove(Instant started, @Nullable PostmasterFile file) {
    Optional<String> other = otherProgram(postmaster);
    if (other.isPresent()) {
      throw another("it is " + other.get());
    }
    Instant began = startOf(postmaster);
    if (!Clocks.agree(began, started)) {
      throw another("it began at " + began + ", the server at " + started);
    }
    if (file != null && !file.fits(postmaster.pid(), port, started)) {
      throw another("on port " + port + ", but in " + file.words());
    }
    provePlace();
  }

  private void provePlace() {
    try {
      if (dataDirectory != null && !postmaster.worksIn(dataDirectory)) {
        throw another("it does not work in " + dataDirectory);
      }
      if (!postmaster.sharesOurPids()) {
        throw another("it runs in a container, whose process ids are not this machine's");
      }
      if (postmaster.program().isEmpty()) {
        throw new AccessDeniedException("its program");
      }
    } catch (AccessDeniedException e) {
      hide(
          new PgkillFailure(
              "this user may not look at the server's process, pid " + postmaster.pid(),
              AS_ITS_OWNER,
              e));
    } catch (IOException e) {
      throw another("it ended a moment ago");
    }
  }

  /** The process behind our own connection, by what the server says of it. */
  private void proveServing(HostProcess serving, InstanceInfo.Serving told) {
    Instant began = startOf(serving);
    if (told.startedAt() != null && !Clocks.agree(began, told.startedAt())) {
      throw another("the process with our session's pid began at " + began);
    }
    Optional<BackendTitle> title = new Backends(postmaster).title(serving);
    if (title.isPresent() && title.get().whole()) {
      if (!title.get().fits(told.role(), told.database(), told.client())) {
        throw another("the process with our session's pid serves somebody else");
      }
    } else if (postmaster.detailed()) {
      // a title has little room, and the names in it the encoding of their database
      hide(new PgkillFailure("the title of the process that serves us cannot be read", null));
    }
  }

  private Instant startOf(HostProcess process) {
    return process
        .startedAt()
        .orElseThrow(() -> another("nothing says when process " + process.pid() + " began"));
  }

  private void hide(PgkillFailure what) {
    hidden = hidden == null ? what : hidden;
  }

  private static PgkillFailure mayNotRead(AccessDeniedException e) {
    return new PgkillFailure("this user may not read " + e.getFile(), AS_ITS_OWNER, e);
  }

  private static GuardRefusal notHere(InstanceInfo.Serving own) {
    return new GuardRefusal(
        "the server is not to be seen on this machine: process "
            + own.pid()
            + ", which serves us, is none of PostgreSQL's here",
        WHERE);
  }

  private GuardRefusal another(String why) {
    return another(which, postmaster.pid(), why);
  }

  private static GuardRefusal another(String which, long pid, String why) {
    return new GuardRefusal("process " + pid + " is not provably " + which + ": " + why, WHERE);
  }
}
