package io.github.pgkill.job.diagnose;

import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.sessions.Backend;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.postgres.sessions.SignalResult;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Clients that hang in their login, at a password prompt for example. From PostgreSQL 15 on, DROP
 * DATABASE waits for every process of the server, for those of other databases too, and must not be
 * interrupted while it does: so they are dealt with before it is issued.
 */
public final class StuckLogins {

  private static final int FIRST_MAJOR = 15;

  /** Logins that take longer wait for something. */
  private static final Duration LOGIN = Duration.ofSeconds(1);

  private static final Duration LOOK = Duration.ofMillis(50);

  private final Server server;
  private final Sessions sessions;
  private final Console console;
  private final Stopwatch watch = new Stopwatch();
  private final Map<Backend, Duration> seenAt = new HashMap<>();
  private final Set<Backend> ended = new HashSet<>();

  public StuckLogins(Server server, Sessions sessions, Console console) {
    this.server = server;
    this.sessions = sessions;
    this.console = console;
  }

  /**
   * Waits until nobody who is logging in now is any more; ends those who hang, where this role may.
   *
   * @throws PgkillFailure when some still hang after the timeout
   */
  public void awaitNone(Duration timeout) {
    if (!holdUpDrop()) {
      return;
    }
    Stopwatch waited = new Stopwatch();
    Set<Backend> waitedFor = sessions.loggingIn();
    while (!waitedFor.isEmpty()) {
      endStuck();
      if (waited.elapsed().compareTo(timeout) > 0) {
        throw inTheWay(waitedFor);
      }
      Pause.of(LOOK);
      waitedFor.retainAll(sessions.loggingIn());
    }
  }

  /** Who hangs: whoever is still logging in a second after the first look. Ends nobody. */
  public Set<Integer> hanging() {
    Stopwatch waited = new Stopwatch();
    Set<Backend> left = sessions.loggingIn();
    while (!left.isEmpty() && waited.elapsed().compareTo(LOGIN) < 0) {
      Pause.of(LOOK);
      left.retainAll(sessions.loggingIn());
    }
    // to a database that is being dropped, for example: that holds up nobody else's DROP
    left.removeAll(sessions.waitingForLocks());
    return pids(left);
  }

  /** Whether DROP DATABASE waits for them on this server. */
  public boolean holdUpDrop() {
    return server.info().major() >= FIRST_MAJOR;
  }

  /** Looks once, and ends those who hang, where this role may. */
  public void endStuck() {
    for (Backend login : stuck()) {
      if (!ended.contains(login) && sessions.terminateLogin(login) instanceof SignalResult.Sent) {
        ended.add(login);
        console.info(
            "ended process "
                + login.pid()
                + ", a client that hung while logging in (to which database is not known yet) and"
                + " would have held up DROP DATABASE");
      }
    }
  }

  private Set<Backend> stuck() {
    Set<Backend> now = sessions.loggingIn();
    seenAt.keySet().retainAll(now);
    now.forEach(login -> seenAt.putIfAbsent(login, watch.elapsed()));
    Set<Backend> stuck = new HashSet<>(now);
    stuck.removeIf(login -> watch.elapsed().minus(seenAt.get(login)).compareTo(LOGIN) < 0);
    return stuck;
  }

  private static Set<Integer> pids(Set<Backend> logins) {
    return logins.stream().map(Backend::pid).collect(Collectors.toCollection(TreeSet::new));
  }

  private PgkillFailure inTheWay(Set<Backend> logins) {
    Set<Integer> pids = pids(logins);
    return new PgkillFailure(
        Wording.agree(pids.size(), "a client hangs", "clients hang")
            + " while logging in (process "
            + String.join(", ", pids.stream().map(String::valueOf).toList())
            + "), perhaps at a password prompt, and this role may not end "
            + Wording.agree(pids.size(), "it", "them")
            + "; PostgreSQL "
            + server.info().major()
            + " would not finish DROP DATABASE before that, so it was not issued",
        "Drop it as a superuser, or wait longer than the server's authentication_timeout (1 minute"
            + " unless changed): -Dpgkill.timeout=90s");
  }
}
