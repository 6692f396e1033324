package io.github.pgkill.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The statements of this package, one per file; {@code {{name}}} stands for another file's text.
 */
final class Sql {

  private static final Pattern FRAGMENT = Pattern.compile("\\{\\{([a-z-]+)}}");
  private static final Map<String, String> TEXTS = new ConcurrentHashMap<>();

  private Sql() {}

  /** The statement in {@code <name>.sql}, its fragments put in. */
  static String named(String name) {
    return TEXTS.computeIfAbsent(name, Sql::load);
  }

  private static String load(String name) {
    Matcher fragments = FRAGMENT.matcher(read(name));
    return fragments.replaceAll(match -> Matcher.quoteReplacement(load(match.group(1))));
  }

  private static String read(String name) {
    try (InputStream in = Sql.class.getResourceAsStream(name + ".sql")) {
      if (in == null) {
        throw new IllegalArgumentException("no statement is named " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
