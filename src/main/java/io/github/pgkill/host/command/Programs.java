package io.github.pgkill.host.command;

import io.github.pgkill.model.failure.PgkillError;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds programs, so that what runs is what was found: on the PATH, and where administrators'
 * programs live that are not on an ordinary user's.
 */
public final class Programs {

  private static final List<Path> BESIDE_THE_PATH =
      Stream.of("/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin", "/usr/local/bin")
          .map(Path::of)
          .toList();

  private final List<Path> directories;

  /** Looks into these directories, in this order. */
  public Programs(List<Path> directories) {
    this.directories = List.copyOf(directories);
  }

  /** What this build can run. */
  public static Programs ofThisBuild() {
    String path = System.getenv("PATH");
    Stream<Path> onPath =
        Arrays.stream((path == null ? "" : path).split(File.pathSeparator))
            .filter(directory -> !directory.isBlank())
            .map(Path::of)
            // a relative one would mean another program in every module
            .filter(Path::isAbsolute);
    return new Programs(Stream.concat(onPath, BESIDE_THE_PATH.stream()).distinct().toList());
  }

  /** The program of that name. */
  public Optional<Path> find(String name) {
    return directories.stream()
        .map(directory -> directory.resolve(name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /**
   * The program of that name, to be run.
   *
   * @throws PgkillError when it is not installed
   */
  public String require(String name) {
    return find(name)
        .map(Path::toString)
        .orElseThrow(
            () ->
                new PgkillError(
                    name + " is not installed on this machine, or not on the PATH of this build",
                    "Install it, or choose what is here with -Dpgkill.restartWith=...",
                    null));
  }
}
