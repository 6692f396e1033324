package io.github.pgkill.postgres.lockout;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The version of this plugin, for records that another one may have to read. */
final class PluginVersion {

  private static final String FILE = "plugin-version.txt";

  private PluginVersion() {}

  /** As Maven knows it. */
  static String current() {
    try (InputStream in = PluginVersion.class.getResourceAsStream(FILE)) {
      if (in == null) {
        throw new IllegalStateException("this build of the plugin lacks " + FILE);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
