package io.github.pgkill.host.command;

import java.io.IOException;
import java.nio.file.Path;

/** Whether two paths lead to one place. */
public final class Paths {

  private Paths() {}

  /** As far as we may look; what we may not look into is compared by its words. */
  public static boolean same(Path one, Path other) {
    return real(one).equals(real(other));
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      return path.toAbsolutePath().normalize();
    }
  }
}
