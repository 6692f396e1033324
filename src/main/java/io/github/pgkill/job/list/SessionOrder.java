package io.github.pgkill.job.list;

import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.sessions.Session;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which sessions come first. Where two are equal the older one does, and what is hidden or not
 * there comes last in either direction.
 *
 * @param by what is compared
 * @param reversed whether the other end comes first
 */
public record SessionOrder(By by, boolean reversed) {

  /** What sessions are compared by: the longest time first, names and pids from the smallest. */
  public enum By {
    AGE,
    TRANSACTION_AGE,
    QUERY_AGE,
    STATE_AGE,
    /** Those that wait for a lock, the longest wait first. */
    WAITING,
    PID,
    USER,
    APPLICATION,
    CLIENT,
    STATE;

    private String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * Reads {@code age}, {@code -age}, {@code user} and so on.
   *
   * @throws InvalidParameter listing the words
   */
  public static SessionOrder parse(String parameter, String text) {
    String word = text.trim().toLowerCase(Locale.ROOT);
    boolean reversed = word.startsWith("-");
    String name = reversed ? word.substring(1) : word;
    return Arrays.stream(By.values())
        .filter(by -> by.word().equals(name))
        .findFirst()
        .map(by -> new SessionOrder(by, reversed))
        .orElseThrow(
            () ->
                new InvalidParameter(
                    parameter,
                    "'" + text + "' is no order",
                    "Write one of: "
                        + Arrays.stream(By.values()).map(By::word).collect(Collectors.joining(", "))
                        + "; with - in front it is reversed."));
  }

  /** The sessions in this order. */
  List<Session> sorted(List<Session> sessions) {
    return sessions.stream()
        .sorted(
            comparator()
                .thenComparing(by(Session::age, Comparator.reverseOrder()))
                .thenComparing(Session::pid))
        .toList();
  }

  private Comparator<Session> comparator() {
    return switch (by) {
      case AGE -> longest(Session::age);
      case TRANSACTION_AGE -> longest(Session::transactionAge);
      case QUERY_AGE -> longest(Session::queryAge);
      case STATE_AGE -> longest(Session::stateAge);
      case WAITING -> longest(SessionOrder::waiting);
      case PID -> smallest(Session::pid);
      case USER -> smallest(Session::user);
      case APPLICATION -> smallest(SessionOrder::application);
      case CLIENT -> smallest(Session::client);
      case STATE -> smallest(Session::state);
    };
  }

  private static @Nullable Duration waiting(Session session) {
    return session.blockedBy().isEmpty() ? null : session.queryAge();
  }

  private static @Nullable String application(Session session) {
    return session.applicationName().isBlank() ? null : session.applicationName();
  }

  /** What two sessions are compared by; null where it is hidden or not there. */
  private interface Key<T> {
    @Nullable T of(Session session);
  }

  private Comparator<Session> longest(Key<Duration> key) {
    return by(key, reversed ? Comparator.naturalOrder() : Comparator.reverseOrder());
  }

  private <T extends Comparable<T>> Comparator<Session> smallest(Key<T> key) {
    return by(key, reversed ? Comparator.reverseOrder() : Comparator.naturalOrder());
  }

  private static <T> Comparator<Session> by(Key<T> key, Comparator<T> order) {
    return (one, other) -> {
      T first = key.of(one);
      T second = key.of(other);
      if (first == null || second == null) {
        return Boolean.compare(first == null, second == null);
      }
      return order.compare(first, second);
    };
  }
}
