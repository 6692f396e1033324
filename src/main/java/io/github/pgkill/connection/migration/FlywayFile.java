package io.github.pgkill.connection.migration;

import io.github.pgkill.connection.build.PropertyFiles;
import io.github.pgkill.connection.environment.Environment;
import io.github.pgkill.model.failure.PgkillFailure;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A configuration file as Flyway reads it ({@code ConfigUtils.loadConfigurationFromString}): a
 * backslash is only a backslash, but at the end of a line; {@code ${NAME}} is a variable of the
 * environment, or nothing.
 */
final class FlywayFile {

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Za-z0-9_]+)}");
  private static final Pattern OURS =
      Pattern.compile("flyway\\.(url|user|password)\\b.*\\\\", Pattern.DOTALL);

  private FlywayFile() {}

  static Map<String, String> read(Path file, Charset charset, Environment environment) {
    if (file.toString().endsWith(".toml")) {
      throw unfollowed(file + " is TOML, which connectionFrom does not read");
    }
    if (file.endsWith("-")) {
      throw unfollowed("Flyway reads its configuration from standard input");
    }
    String text = PropertyFiles.converted(file, charset);
    return PropertyFiles.parse(
        expanded(
            unescaped(text.startsWith("\ufeff") ? text.substring(1) : text, file), environment),
        file);
  }

  private static String unescaped(String text, Path file) {
    String[] lines = text.replace("\r\n", "\n").split("\n");
    StringBuilder unescaped = new StringBuilder();
    for (int i = 0; i < lines.length; i++) {
      String line = lines[i].trim();
      boolean continued = line.endsWith("\\") && i + 1 < lines.length && continues(lines[i + 1]);
      if (continued && OURS.matcher(line).matches()) {
        // versions differ in what continues a line
        throw unfollowed(file + " continues a line of the connection on the next one");
      }
      String doubled = line.replace("\\", "\\\\");
      unescaped
          .append(continued ? doubled.substring(0, doubled.length() - 1) : doubled)
          .append('\n');
    }
    return unescaped.toString();
  }

  private static boolean continues(String next) {
    return !next.isEmpty() && !(next.trim().startsWith("flyway.") && next.contains("="));
  }

  private static String expanded(String text, Environment environment) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(environment.variables().getOrDefault(match.group(1), "")));
  }

  private static PgkillFailure unfollowed(String what) {
    return new PgkillFailure(
        what, "Give -Dpgkill.url, or have url, user and password of Flyway in the POM.");
  }
}
