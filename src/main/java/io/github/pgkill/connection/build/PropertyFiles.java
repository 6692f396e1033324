package io.github.pgkill.connection.build;

import io.github.pgkill.model.failure.PgkillFailure;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Reads the text files that tools keep their connections in; errors never repeat their text. */
public final class PropertyFiles {

  private PropertyFiles() {}

  public static Map<String, String> parse(String text, Path file) {
    Properties properties = new Properties();
    try {
      properties.load(new StringReader(text));
    } catch (IOException | IllegalArgumentException e) {
      throw unreadable(file, null);
    }
    Map<String, String> values = new HashMap<>();
    properties.forEach((key, value) -> values.put(key.toString(), value.toString()));
    return values;
  }

  public static String text(Path file, Charset charset) {
    try {
      return Files.readString(file, charset);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** What does not convert is replaced, as Java's own readers do. */
  public static String converted(Path file, Charset charset) {
    try {
      return new String(Files.readAllBytes(file), charset);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  /** The failure for a file; a cause only where it cannot quote the file. */
  public static PgkillFailure unreadable(Path file, @Nullable IOException cause) {
    return new PgkillFailure(
        file + " cannot be read",
        "Check that it exists and is valid UTF-8, or give -Dpgkill.url instead of connectionFrom.",
        cause);
  }
}
