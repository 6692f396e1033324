package io.github.pgkill.maven.build;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;
import java.util.List;
import java.util.Locale;
import org.apache.maven.execution.MavenSession;
import org.jspecify.annotations.Nullable;

/**
 * How lines may look: as Maven's own settings say ({@code -B}, {@code -Dstyle.color}, {@code -l}),
 * as {@code NO_COLOR} says, and no better than what the output goes to.
 *
 * @param colours whether escape sequences are welcome
 * @param rewrites whether a line may take the place of the one before
 * @param width columns of the terminal; 0 where that is not known
 */
public record ConsoleStyle(boolean colours, boolean rewrites, int width) {

  /** A log: nothing but text. */
  static final ConsoleStyle PLAIN = new ConsoleStyle(false, false, 0);

  /** Maven 3, and its later releases and Maven 4, none of which exports it to plugins. */
  private static final List<String> MESSAGE_UTILS =
      List.of(
          "org.apache.maven.jline.MessageUtils",
          "org.apache.maven.shared.utils.logging.MessageUtils");

  public static ConsoleStyle of(MavenSession session) {
    Class<?> utils = messageUtils(session.getClass().getClassLoader());
    boolean mavenColours = Boolean.TRUE.equals(ask(utils, "isColorEnabled"));
    boolean alone = session.getRequest().getDegreeOfConcurrency() <= 1;
    return of(
        mavenColours,
        String.valueOf(session.getUserProperties().getProperty("style.color")),
        System.getenv("NO_COLOR"),
        terminal(),
        session.getRequest().isInteractiveMode() && alone,
        width(System.getenv("COLUMNS"), ask(utils, "getTerminalWidth")));
  }

  /**
   * The rules.
   *
   * @param maven whether Maven colours its own lines
   * @param asked the property {@code style.color}, in which somebody may insist on colours
   * @param noColor the environment variable {@code NO_COLOR}
   * @param terminal whether a person sees the output as it comes
   * @param alone whether nobody but this goal writes meanwhile, and somebody is there to see it
   * @param width columns of the terminal; 0 where that is not known
   */
  static ConsoleStyle of(
      boolean maven,
      String asked,
      @Nullable String noColor,
      boolean terminal,
      boolean alone,
      int width) {
    boolean insists = asked.toLowerCase(Locale.ROOT).equals("always");
    boolean unwanted = noColor != null && !noColor.isEmpty();
    boolean colours = maven && (insists || (terminal && !unwanted));
    // without the width, a line might wrap, and half of it would stay
    return new ConsoleStyle(colours, colours && terminal && alone && width > 0, width);
  }

  private static int width(@Nullable String columns, @Nullable Object terminal) {
    if (columns != null && columns.matches("\\d{1,4}")) {
      return Integer.parseInt(columns);
    }
    return terminal instanceof Integer known && known > 0 ? known : 0;
  }

  /** Since Java 22 there is a console without a terminal, too; it says so. */
  private static boolean terminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
    } catch (NoSuchMethodException e) {
      return true;
    } catch (IllegalAccessException | InvocationTargetException e) {
      return false;
    }
  }

  private static @Nullable Class<?> messageUtils(@Nullable ClassLoader maven) {
    for (String name : MESSAGE_UTILS) {
      try {
        return Class.forName(name, true, maven);
      } catch (ClassNotFoundException | LinkageError e) {
        continue;
      }
    }
    return null;
  }

  private static @Nullable Object ask(@Nullable Class<?> utils, String method) {
    if (utils == null) {
      return null;
    }
    try {
      return utils.getMethod(method).invoke(null);
    } catch (ReflectiveOperationException | LinkageError e) {
      return null;
    }
  }
}
