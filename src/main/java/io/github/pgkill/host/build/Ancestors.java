package io.github.pgkill.host.build;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The processes that have started this one. */
public final class Ancestors {

  private Ancestors() {}

  /**
   * What was typed to start each, the nearest first; of one that the system does not tell about,
   * nothing. Passwords may be among it.
   */
  public static List<List<String>> arguments() {
    List<List<String>> found = new ArrayList<>();
    Optional<ProcessHandle> process = ProcessHandle.current().parent();
    while (process.isPresent()) {
      arguments(process.get()).ifPresent(found::add);
      process = process.get().parent();
    }
    return found;
  }

  private static Optional<List<String>> arguments(ProcessHandle process) {
    // Java itself gives up where the line is longer than a page of memory
    Path whole = Path.of("/proc", String.valueOf(process.pid()), "cmdline");
    try {
      String line = new String(Files.readAllBytes(whole), Charset.defaultCharset());
      return Optional.of(List.of(line.split("\0")));
    } catch (IOException e) {
      // another system, or a process that is gone or not ours to look at
      return process.info().arguments().map(List::of);
    }
  }
}
