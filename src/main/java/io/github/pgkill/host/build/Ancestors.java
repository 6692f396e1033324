package io.github.pgkill.host.build;

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
      process.get().info().arguments().map(List::of).ifPresent(found::add);
      process = process.get().parent();
    }
    return found;
  }
}
