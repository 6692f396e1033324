package io.github.pgkill.postgres.sessions;

import io.github.pgkill.model.connection.ClientAddress;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.NamePattern;
import io.github.pgkill.postgres.sessions.FilterOracle.Row;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/**
 * Filters at random, whose values are mostly taken from the population so that they hit some and
 * miss others. Regular expressions keep to what Java and PostgreSQL read alike.
 */
final class RandomFilters {

  private static final List<String> ADDRESSES =
      List.of(
          "127.0.0.1",
          "127.0.0.2",
          "127.0.0.3",
          "127.0.0.0/8",
          "127.0.0.2/31",
          "127.0.0.4/30",
          "10.0.0.0/8",
          "0.0.0.0/0",
          "::1",
          "::/0",
          "fe80::/10",
          "::1/127",
          "local",
          "LOCAL");

  private static final List<String> STATES =
      List.of(
          "active",
          "idle",
          "idle in transaction",
          "idle in transaction (aborted)",
          "fastpath function call",
          "disabled");

  private final Random random;
  private final List<Row> population;

  RandomFilters(Random random, List<Row> population) {
    this.random = random;
    this.population = population;
  }

  SessionFilter next() {
    SessionFilter.Builder filter = timeless();
    ages(filter);
    return filter.build();
  }

  /** Without a minimum age, so that it means the same a moment later. */
  SessionFilter nextTimeless() {
    return timeless().build();
  }

  private SessionFilter.Builder timeless() {
    SessionFilter.Builder filter = SessionFilter.builder();
    if (sometimes()) {
      filter.sessionUsers(some(this::user));
    }
    if (sometimes()) {
      filter.excludeSessionUsers(some(this::user));
    }
    if (sometimes()) {
      filter.applicationNames(some(this::name));
    }
    if (sometimes()) {
      filter.excludeApplicationNames(some(this::name));
    }
    if (sometimes()) {
      filter.clientAddresses(some(this::address));
    }
    if (sometimes()) {
      filter.excludeClientAddresses(some(this::address));
    }
    if (sometimes()) {
      filter.states(some(() -> oneOf(STATES)));
    }
    if (sometimes()) {
      filter.queryPattern(pattern(anybody().query()));
    }
    if (sometimes()) {
      filter.excludeQueryPattern(pattern(anybody().query()));
    }
    if (sometimes()) {
      filter.pids(some(() -> anybody().id().pid() + (random.nextInt(4) == 0 ? 1 : 0)));
    }
    if (rarely()) {
      filter.backendTypes(
          some(() -> oneOf(List.of("client backend", "walsender", "autovacuum worker"))));
    }
    return filter;
  }

  private void ages(SessionFilter.Builder filter) {
    if (rarely()) {
      filter.minSessionAge(age(anybody().age()));
    }
    if (rarely()) {
      filter.minTransactionAge(age(anybody().transactionAge()));
    }
    if (rarely()) {
      filter.minQueryAge(age(anybody().queryAge()));
    }
    if (rarely()) {
      filter.minStateAge(age(anybody().stateAge()));
    }
  }

  private boolean sometimes() {
    return random.nextInt(5) == 0;
  }

  private boolean rarely() {
    return random.nextInt(10) == 0;
  }

  private Row anybody() {
    return oneOf(population);
  }

  private <T> T oneOf(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  private <T> List<T> some(Supplier<T> value) {
    List<T> values = new ArrayList<>();
    for (int i = 1 + random.nextInt(4); i > 0; i--) {
      values.add(value.get());
    }
    return values;
  }

  private String user() {
    String user = anybody().user();
    return random.nextInt(8) == 0 ? user.toUpperCase(Locale.ROOT) + "'" : user;
  }

  private NamePattern name() {
    String name = anybody().application();
    return switch (random.nextInt(6)) {
      case 0 -> new NamePattern(name + "%", false);
      case 1, 2, 3 -> new NamePattern(pattern(name), true);
      default -> new NamePattern(name, false);
    };
  }

  private ClientAddress address() {
    return ClientAddress.parse("clientAddresses", oneOf(ADDRESSES));
  }

  private Duration age(Long micros) {
    long millis = micros == null ? 500 : micros / 1000;
    return Duration.ofMillis(Math.max(0, millis + random.nextInt(2001) - 1000));
  }

  /** A piece of the text as an expression, some letters of it made vague. */
  private String pattern(String text) {
    int[] letters = text.codePoints().toArray();
    int from = letters.length == 0 ? 0 : random.nextInt(letters.length);
    int to = Math.min(letters.length, from + 1 + random.nextInt(12));
    StringBuilder pattern = new StringBuilder();
    for (int i = from; i < to; i++) {
      pattern.append(vague(letters[i]));
    }
    return switch (random.nextInt(8)) {
      case 0 -> "^" + pattern;
      case 1 -> pattern + "$";
      case 2 -> "^" + pattern + ".*$";
      case 3 -> "(nobody|" + pattern + ")";
      case 4 -> "(" + pattern + ")+";
      default -> pattern.isEmpty() ? ".*" : pattern.toString();
    };
  }

  private String vague(int letter) {
    String escaped =
        letter < 128 && !Character.isLetterOrDigit(letter) && letter != '_'
            ? "\\" + Character.toString(letter)
            : Character.toString(letter);
    return switch (random.nextInt(10)) {
      case 0 -> ".";
      case 1 -> "[^" + (char) ('a' + random.nextInt(26)) + "]";
      case 2 -> escaped + "+";
      case 3 -> escaped + "?";
      case 4 -> letter >= 'a' && letter <= 'z' ? "[a-z]" : escaped;
      default -> escaped;
    };
  }
}
