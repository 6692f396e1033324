package io.github.pgkill.postgres.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A statement of this floor: one per file, each in the room whose classes run it. {@code
 * {{room/name}}} stands for another file's text, {@code :name} for a value.
 *
 * @param text as the driver takes it, with {@code ?} for each value
 * @param parameters the names of the values in that order, one that is used twice twice
 */
public record Sql(String text, List<String> parameters) {

  private static final String HOME = "/io/github/pgkill/postgres/";
  private static final Map<String, Sql> STATEMENTS = new ConcurrentHashMap<>();

  public Sql {
    parameters = List.copyOf(parameters);
  }

  /** The statement in {@code <name>.sql}, its fragments put in. */
  public static Sql named(String name) {
    return named(name, Map.of());
  }

  /** The same with these texts in the place of some fragments. */
  public static Sql named(String name, Map<String, String> instead) {
    return STATEMENTS.computeIfAbsent(
        instead.isEmpty() ? name : name + instead,
        key -> NamedParameters.resolve(load(name, instead)));
  }

  private static String load(String name, Map<String, String> instead) {
    String text = read(name);
    StringBuilder whole = new StringBuilder();
    int from = 0;
    for (int begin = text.indexOf("{{"); begin >= 0; begin = text.indexOf("{{", from)) {
      int end = text.indexOf("}}", begin);
      whole.append(text, from, begin).append(fragment(text.substring(begin + 2, end), instead));
      from = end + 2;
    }
    return whole.append(text, from, text.length()).toString();
  }

  private static String fragment(String name, Map<String, String> instead) {
    String text = instead.get(name);
    return text == null ? load(name, instead) : text;
  }

  private static String read(String name) {
    try (InputStream in = Sql.class.getResourceAsStream(HOME + name + ".sql")) {
      if (in == null) {
        throw new IllegalArgumentException("no statement is named " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
