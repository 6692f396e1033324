package io.github.pgkill.job.poolers;

import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Refuses a console at which a pause could not be begun, or not surely be ended. */
final class ConsoleCheck {

  /** Where a pooler lets its clients wait for ever, nobody else sets a bound. */
  static final Duration LONGEST = Duration.ofSeconds(60);

  private static final String POOLER = "the pooler at ";

  /** Connections that have to come out at one process; a balancer would spread them. */
  private static final int CONNECTIONS = 4;

  private final PoolerAccess access;
  private final Function<HostAddress, PoolerConsole> dial;

  ConsoleCheck(PoolerAccess access, Function<HostAddress, PoolerConsole> dial) {
    this.access = access;
    this.dial = dial;
  }

  /**
   * Looks at it.
   *
   * @return how long a pause there may last
   */
  Duration check(PoolerConsole console) {
    HostAddress at = console.console();
    if (!console.version().startsWith("PgBouncer")) {
      throw new GuardRefusal(
          "what answers at " + at + " is not PgBouncer but " + console.version(),
          "Name the admin consoles of PgBouncer in -Dpgkill.poolers, and no server.");
    }
    Map<String, String> settings = console.settings();
    requireAdministrator(at, settings);
    if (!settings.getOrDefault("so_reuseport", "0").equals("0")) {
      throw new GuardRefusal(
          POOLER + at + " is one of several that share this address (so_reuseport is 1)",
          "A PAUSE and its RESUME may reach different ones. Give each a port of its own beside the"
              + " shared one, and name these in -Dpgkill.poolers.");
    }
    requireOneProcess(console);
    requireNotOurWay(at);
    return bound(settings);
  }

  private void requireAdministrator(HostAddress at, Map<String, String> settings) {
    List<String> admins =
        Arrays.stream(settings.getOrDefault("admin_users", "").split(","))
            .map(String::strip)
            .toList();
    boolean admin =
        admins.contains(String.valueOf(access.user()))
            || admins.contains("*")
            || settings.getOrDefault("auth_type", "").equals("any");
    if (!admin) {
      throw new GuardRefusal(
          "user "
              + access.user()
              + " may look at "
              + POOLER
              + at
              + ", but not pause anything there",
          "Add it to admin_users of that PgBouncer and type RELOAD; at its console, or name one of"
              + " these users in the server of settings.xml that -Dpgkill.poolersServerId means.");
    }
  }

  /** Each connection has to see one of the first's among the connections to its console. */
  private void requireOneProcess(PoolerConsole first) {
    Set<String> seen = first.consoleClients();
    List<PoolerConsole> others = new ArrayList<>();
    try {
      for (int i = 1; i < CONNECTIONS; i++) {
        PoolerConsole other = dial.apply(first.console());
        others.add(other);
        Set<String> there = new HashSet<>(other.consoleClients());
        there.retainAll(seen);
        if (there.isEmpty()) {
          throw new GuardRefusal(
              "connections to "
                  + first.console()
                  + " come out at different poolers: a balancer"
                  + " stands before them",
              "A PAUSE and its RESUME may reach different ones. Name each pooler's own address in"
                  + " -Dpgkill.poolers.");
        }
      }
    } finally {
      others.forEach(PoolerConsole::close);
    }
  }

  private void requireNotOurWay(HostAddress at) {
    for (HostAddress used : access.usedByThisBuild()) {
      if (used.port() == at.port() && SameServer.sameMachine(used, at)) {
        throw new GuardRefusal(
            "Flyway or Liquibase of this very build connects through "
                + POOLER
                + at
                + ", and would wait for the end of the pause",
            "Give it the server's own address, or leave this pooler out of -Dpgkill.poolers.");
      }
    }
  }

  /** Half of what a waiting client is given; it is dropped after that. */
  private static Duration bound(Map<String, String> settings) {
    double seconds = Double.parseDouble(settings.getOrDefault("query_wait_timeout", "0"));
    return seconds <= 0 ? LONGEST : Duration.ofMillis(Math.round(seconds * 500));
  }
}
