package io.github.pgkill.report.text;

import io.github.pgkill.model.Blocker;
import io.github.pgkill.model.Durations;
import io.github.pgkill.model.Session;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/** Turns of phrase that several renderers share. */
public final class Wording {

  /** Narrower lines than this cannot say anything; they are laid out as if they were so wide. */
  public static final int NARROWEST = 20;

  /** Columns for a role or an application in running text. */
  private static final int NAME_WIDTH = 24;

  private Wording() {}

  /** {@code 1 session}, {@code 3 sessions}. */
  public static String count(int number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /** {@code pid 4711 app/psql}, each name cut so that a long one leaves room for others. */
  public static String who(Session session) {
    String role = session.user() == null ? session.backendType() : session.user();
    String name = "pid " + session.pid() + " " + name(role == null ? "?" : role);
    return session.applicationName().isBlank()
        ? name
        : name + "/" + name(session.applicationName());
  }

  /** A name as it may stand in a line. */
  public static String name(String raw) {
    return DisplayText.fit(raw, NAME_WIDTH).text();
  }

  /** The first few of many: {@code a, b, c and 4 more}. */
  public static String firstOf(List<String> names, int limit) {
    String first = names.stream().limit(limit).collect(Collectors.joining(", "));
    return names.size() <= limit ? first : first + " and " + (names.size() - limit) + " more";
  }

  /** A kind of blocker, as {@code prepared transaction}. */
  public static String words(Blocker.Kind kind) {
    return kind.code().replace('-', ' ');
  }

  /** A length of time; clocks that were set back never show as a negative one. */
  public static String time(Duration duration) {
    return Durations.format(duration.isNegative() ? Duration.ZERO : duration);
  }
}
