package io.github.pgkill.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Programs that stand in for those a machine may not have. Each writes down its arguments, byte for
 * byte, and then does what the test wants. Not on Windows.
 */
public final class StandInPrograms {

  private final Path directory;

  public StandInPrograms(Path directory) {
    this.directory = directory;
  }

  /** Where they are, for a PATH. */
  public Path directory() {
    return directory;
  }

  /**
   * Adds one.
   *
   * @param script what it does afterwards, in sh
   */
  public StandInPrograms program(String name, String script) {
    try {
      Path file = directory.resolve(name);
      Files.writeString(
          file,
          """
          #!/bin/sh
          for argument in "$@"; do printf '%%s\\0' "$argument"; done >>'%s'
          printf '\\0' >>'%s'
          %s
          """
              .formatted(calls(name), calls(name), script));
      if (!file.toFile().setExecutable(true, false)) {
        throw new IOException("cannot make " + file + " executable");
      }
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Adds one that then becomes that command. */
  public StandInPrograms program(String name, List<String> command) {
    return program(name, "exec " + quoted(command));
  }

  /** That command as a shell reads it. */
  public static String quoted(List<String> command) {
    return command.stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  /** The arguments of each call of it so far. */
  public List<List<String>> callsOf(String name) {
    try {
      if (Files.notExists(calls(name))) {
        return List.of();
      }
      String all = Files.readString(calls(name), StandardCharsets.UTF_8);
      List<List<String>> calls = new ArrayList<>();
      for (String call : all.split("\0\0", -1)) {
        if (!call.isEmpty()) {
          calls.add(Arrays.asList(call.split("\0", -1)));
        }
      }
      return calls;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path calls(String name) {
    return directory.resolve(name + ".calls");
  }
}
