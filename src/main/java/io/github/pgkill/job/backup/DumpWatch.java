package io.github.pgkill.job.backup;

import io.github.pgkill.host.command.CommandRunner;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.ByteCount;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Looks at a dump while it is written: whether it grows, and who holds a lock that it waits for.
 * The server is asked meanwhile, because afterwards nobody knows.
 */
final class DumpWatch implements CommandRunner.Watch {

  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration FIRST_LINE = Duration.ofSeconds(10);
  private static final Duration LINES = Duration.ofSeconds(30);
  private static final Duration GONE = Duration.ofSeconds(10);

  private final Sessions sessions;
  private final LongSupplier size;
  private final Duration stall;
  private final Console console;
  private final Stopwatch began = new Stopwatch();
  private Duration nextLook = Duration.ZERO;
  private Duration nextLine = FIRST_LINE;
  private Duration moved = Duration.ZERO;
  private long seen = -1;
  private String blockers = "";
  private String pids = "";

  /**
   * Watches one dump.
   *
   * @param size of what is written so far
   * @param stall how long it may stand still
   */
  DumpWatch(
      Server server, DatabaseInfo database, LongSupplier size, Duration stall, Console console) {
    this.sessions = Sessions.of(server, database, SessionFilter.ALL_CLIENTS);
    this.size = size;
    this.stall = stall;
    this.console = console;
  }

  @Override
  public boolean mayGoOn(Duration elapsed) {
    long now = size.getAsLong();
    if (now != seen) {
      seen = now;
      moved = elapsed;
    }
    if (elapsed.compareTo(nextLook) >= 0) {
      nextLook = elapsed.plus(LOOK);
      look();
    }
    if (elapsed.compareTo(nextLine) >= 0) {
      nextLine = elapsed.plus(LINES);
      console.info(line(elapsed));
    }
    return elapsed.minus(moved).compareTo(stall) < 0;
  }

  /** Who held a lock that it waited for at the last look, in words; empty when nobody did. */
  String blockers() {
    return blockers;
  }

  /** Their process ids, separated by commas; a prepared transaction has none. */
  String pids() {
    return pids;
  }

  /** Its backend ends a moment after the program, and would count as a session in the way. */
  void awaitItsSessionGone() {
    Stopwatch watch = new Stopwatch();
    while (!its(all()).isEmpty() && watch.elapsed().compareTo(GONE) < 0) {
      Pause.of(Duration.ofMillis(20));
    }
  }

  private void look() {
    List<Session> all = all();
    List<Integer> holders =
        its(all).stream().flatMap(dump -> dump.blockedBy().stream()).distinct().toList();
    blockers = holders.stream().map(pid -> described(pid, all)).collect(Collectors.joining(", "));
    pids =
        holders.stream()
            .filter(pid -> pid != 0)
            .map(String::valueOf)
            .collect(Collectors.joining(","));
  }

  private List<Session> all() {
    return sessions.select().stream().map(Candidate::session).toList();
  }

  /** Ours is the one that began since. */
  private List<Session> its(List<Session> all) {
    Duration longest = began.elapsed();
    return all.stream()
        .filter(session -> session.applicationName().equals("pg_dump"))
        .filter(session -> session.age() != null && session.age().compareTo(longest) <= 0)
        .toList();
  }

  private static String described(int pid, List<Session> all) {
    if (pid == 0) {
      return "a prepared transaction";
    }
    return all.stream()
        .filter(session -> session.pid() == pid)
        .findFirst()
        .map(DumpWatch::described)
        .orElse("pid " + pid);
  }

  private static String described(Session session) {
    return Wording.who(session)
        + " ("
        + Objects.requireNonNullElse(session.state(), "state hidden")
        + (session.stateAge() == null ? "" : " for " + Durations.format(session.stateAge()))
        + ")";
  }

  private String line(Duration elapsed) {
    String after =
        " after " + Durations.format(elapsed.truncatedTo(java.time.temporal.ChronoUnit.SECONDS));
    return blockers.isEmpty()
        ? "backing up: " + ByteCount.format(seen) + after
        : "backing up: waiting for a lock that is held by " + blockers + after;
  }
}
