package io.github.pgkill.host.process;

import io.github.pgkill.host.command.Paths;
import io.github.pgkill.model.InstanceInfo;
import io.github.pgkill.model.PgkillFailure;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A server that answers us, found among the processes and files of this host: what it says of
 * itself and what the host shows are about one and the same instance.
 *
 * @param postmaster its first process
 * @param dataDirectory where its data is; null where neither server nor host says
 */
public record LocalServer(PostmasterProcess postmaster, @Nullable Path dataDirectory) {

  private static final String ELSEWHERE =
      "If it runs in a container or behind a tunnel, use -Dpgkill.restartWith=docker or command.";

  /**
   * Finds it.
   *
   * @param instance what the server says of itself
   * @param named the data directory that the user names; null for the server's own word
   * @throws PgkillFailure when it is not on this host, or another instance is
   */
  public static LocalServer find(InstanceInfo instance, @Nullable String named) {
    PostmasterProcess postmaster =
        PostmasterProcess.ofBackend(instance.backendPid())
            .orElseThrow(
                () ->
                    new PgkillFailure(
                        "the server is not to be seen on this machine: process "
                            + instance.backendPid()
                            + ", which serves us, is none of PostgreSQL's here",
                        ELSEWHERE));
    Instant started = Instant.EPOCH.plus(instance.startedAtMicros(), ChronoUnit.MICROS);
    postmaster.startedAt().ifPresent(at -> requireSame("process " + postmaster.pid(), at, started));
    Path dataDirectory = dataDirectory(instance, postmaster, named);
    if (dataDirectory != null) {
      requireFile(dataDirectory, postmaster, instance, started);
    }
    return new LocalServer(postmaster, dataDirectory);
  }

  /**
   * Whether a server has the data now: the one of before, which has not ended yet, or another one
   * that is starting. Where its file is not for us to read, only the one of before is seen.
   */
  public boolean held() {
    if (postmaster.alive()) {
      return true;
    }
    try {
      return dataDirectory != null
          && PostmasterFile.in(dataDirectory)
              .flatMap(file -> ProcessHandle.of(file.pid()))
              .filter(ProcessHandle::isAlive)
              .isPresent();
    } catch (IOException e) {
      return false;
    }
  }

  private static @Nullable Path dataDirectory(
      InstanceInfo instance, PostmasterProcess postmaster, @Nullable String named) {
    Path wanted = named == null ? null : path(named);
    String told = instance.dataDirectory();
    Path server = told == null ? argument(postmaster) : path(told);
    if (wanted != null && server != null && !Paths.same(wanted, server)) {
      throw new PgkillFailure(
          "dataDirectory is " + wanted + ", but the server's data is in " + server,
          "Name the server that is meant by its url, or leave dataDirectory out.");
    }
    return wanted == null ? server : wanted;
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new PgkillFailure(
          "the data directory '" + text + "' is not a path on this machine", ELSEWHERE, e);
    }
  }

  /** Where a role may not ask, everybody may see what the server was started with. */
  private static @Nullable Path argument(PostmasterProcess postmaster) {
    List<String> arguments = postmaster.arguments();
    int option = arguments.indexOf("-D");
    return option < 0 || option + 1 >= arguments.size()
        ? null
        : Optional.of(Path.of(arguments.get(option + 1))).filter(Path::isAbsolute).orElse(null);
  }

  /** Most users may not read it; what can be read must agree. */
  private static void requireFile(
      Path dataDirectory, PostmasterProcess postmaster, InstanceInfo instance, Instant started) {
    Optional<PostmasterFile> read;
    try {
      read = PostmasterFile.in(dataDirectory);
    } catch (IOException e) {
      return;
    }
    if (read.isEmpty()) {
      // what may not be looked into looks empty, too
      return;
    }
    PostmasterFile file = read.get();
    if (file.pid() != postmaster.pid() || file.port() != instance.port()) {
      throw new PgkillFailure(
          "in "
              + dataDirectory
              + " runs process "
              + file.pid()
              + " at port "
              + file.port()
              + ", but the server is process "
              + postmaster.pid()
              + " at port "
              + instance.port(),
          "Name the server that is meant by its url, or leave dataDirectory out.");
    }
    requireSame(dataDirectory + "/postmaster.pid", file.startedAt(), started);
  }

  private static void requireSame(String what, Instant at, Instant started) {
    if (!Clocks.agree(at, started)) {
      throw new PgkillFailure(
          what + " is of " + at + ", but the server started at " + started, ELSEWHERE);
    }
  }
}
