package io.github.pgkill.model.value;

import java.util.Locale;

/** Sizes as people read them. */
public final class ByteCount {

  private static final String[] UNITS = {"kB", "MB", "GB", "TB", "PB"};
  private static final int STEP = 1024;

  private ByteCount() {}

  /** {@code 812 bytes}, {@code 3.4 MB}. */
  public static String format(long bytes) {
    if (bytes < STEP) {
      return bytes + " bytes";
    }
    double size = bytes;
    int unit = -1;
    while (size >= STEP && unit < UNITS.length - 1) {
      size /= STEP;
      unit++;
    }
    return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
  }
}
