package io.github.pgkill.job.watch;

import io.github.pgkill.host.build.BuildSockets;
import io.github.pgkill.job.outcome.SessionOutcomes;
import io.github.pgkill.model.connection.Endpoint;
import io.github.pgkill.model.diagnose.Blocker;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.report.Verdict;
import io.github.pgkill.model.sessions.Outcome;
import io.github.pgkill.model.sessions.Refusal;
import io.github.pgkill.model.sessions.SessionId;
import io.github.pgkill.model.sessions.SessionResult;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.ConnectionEnds;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.sessions.LockChainMember;
import io.github.pgkill.postgres.sessions.LockQueue;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.postgres.sessions.Waiter;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The watcher of {@code keepClear}: a thread with a connection of its own that ends selected
 * sessions as soon as they keep a session of this build waiting, until the build ends. A session of
 * this build is never ended: it is told by its TCP connection, which belongs to a process of this
 * build, or by a name that the user spares. One of which neither can be said is spared as well.
 */
final class ClearWatch {

  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** A lost connection is tried again for so long. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** How long those who were signalled last may take when the build ends. */
  private static final Duration LAST_LOOK = Duration.ofSeconds(2);

  /** Who is spared and in the way for so long is worth a word. */
  private static final Duration WORTH_A_WORD = Duration.ofSeconds(5);

  private final KeepClear.Post post;
  private final Console console;
  private final Journal journal;
  private final Consumer<Journal> report;
  private final Thread thread;
  private final Stopwatch watch = new Stopwatch();
  private final SessionOutcomes outcomes = new SessionOutcomes();
  private final Set<String> said = new HashSet<>();
  private final Map<String, Duration> sparedSince = new HashMap<>();
  private final Map<String, Blocker> sparedLong = new HashMap<>();

  private @Nullable ConnectionEnds line;
  private @Nullable Server server;
  private @Nullable LockQueue queue;
  private @Nullable BlockerTermination termination;
  private @Nullable Duration lostAt;
  private boolean finished;

  ClearWatch(KeepClear.Post post, Console console, Journal journal, Consumer<Journal> report) {
    this.post = post;
    this.console = console;
    this.journal = journal;
    this.report = report;
    this.thread = new Thread(this::watch, "pgkill-keep-clear-" + post.database().name());
    this.thread.setDaemon(true);
  }

  /** Connects, so that a failure is the goal's, and watches from then on. */
  synchronized void start() {
    connect();
    thread.start();
    console.info(
        "keepClear: until the build ends, selected sessions that block this build are"
            + " terminated");
    post.namesOnly()
        .ifPresent(
            why ->
                console.warn(
                    "keepClear: connections do not tell whose they are here ("
                        + why
                        + "): this build's sessions are those called "
                        + post.request().tools()
                        + ", and all others count as foreign"));
  }

  /** Stops, tells what it did, and writes the report. */
  void end() {
    synchronized (this) {
      finished = true;
      notifyAll();
      lastLook();
      disconnect();
    }
    try {
      thread.join(LAST_LOOK.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    conclude();
    report.accept(journal);
  }

  private synchronized void watch() {
    while (!finished) {
      Duration pause = look();
      try {
        wait(pause.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** One look; returns how long to wait for the next. */
  private Duration look() {
    try {
      if (server == null) {
        connect();
        console.info("keepClear: the watcher of database " + name() + " is back");
      }
      clear();
      return POLL;
    } catch (PgkillError e) {
      return lost(e);
    } catch (GuardRefusal e) {
      sayOnce(
          "keepClear: more sessions are in the way at once than maxSessions allows ("
              + post.request().maxSessions()
              + "): none of them is terminated");
      return RETRY;
    } catch (PgkillFailure e) {
      sayOnce("keepClear: " + Wording.failure(e));
      return RETRY;
    }
  }

  private Duration lost(PgkillError e) {
    disconnect();
    if (lostAt == null) {
      lostAt = watch.elapsed();
      console.warn(
          "keepClear: lost the connection of the watcher of database "
              + name()
              + ", trying again: "
              + e.getMessage());
    }
    if (watch.elapsed().minus(lostAt).compareTo(PATIENCE) > 0) {
      finished = true;
      console.warn("keepClear: gave up watching database " + name());
    }
    return RETRY;
  }

  private void connect() {
    Server connected = post.way().another();
    server = connected;
    lostAt = null;
    line = connected.line().orElse(null);
    queue = new LockQueue(connected, post.database());
    termination =
        new BlockerTermination(
            Sessions.of(connected, post.database(), post.request().filter()),
            queue,
            post.request().tools(),
            post.request().options(),
            post.request().maxSessions(),
            outcomes,
            watch);
  }

  private void disconnect() {
    Server open = server;
    server = null;
    if (open != null) {
      try {
        open.close();
      } catch (PgkillException e) {
        console.debug("keepClear: " + e.getMessage());
      }
    }
  }

  private void clear() {
    LockQueue locks = Objects.requireNonNull(queue);
    BlockerTermination ending = Objects.requireNonNull(termination);
    List<Waiter> roles = locks.waitersOf(post.request().roles(), post.request().tools());
    tellOfHidden(roles);
    List<Waiter> waiting = roles.stream().filter(w -> w.waits() && w.id() != null).toList();
    if (!waiting.isEmpty()) {
      Map<Integer, LockChainMember> chain = ending.chain(ids(waiting));
      // asked after the server: a session that it showed has its connection still, or is over
      Optional<Mine> mine = mine();
      List<SessionId> ours = mine.isPresent() ? ids(mine.get().among(waiting)) : List.of();
      if (!ours.isEmpty()) {
        ending.build(mine.get().ends());
        BlockersSeen inTheWay = ending.look(ours, chain, mine.get()::protection);
        ending.end(inTheWay, ours);
        remember(inTheWay, locks);
        tellOfRefused();
      }
    }
    ending.settle();
  }

  private static List<SessionId> ids(List<Waiter> waiters) {
    return waiters.stream().map(Waiter::id).filter(Objects::nonNull).toList();
  }

  /**
   * How this build's sessions are told at this moment.
   *
   * @param ends this build's ends of connections to the server, as far as they are known
   * @param complete whether whoever is not among them is not this build's
   */
  private record Mine(Set<Endpoint> ends, boolean complete) {

    List<Waiter> among(List<Waiter> waiters) {
      return waiters.stream()
          .filter(waiter -> waiter.named() || waiter.client().filter(ends::contains).isPresent())
          .toList();
    }

    /** Those that are spared by name are excluded by the filter. */
    Optional<Refusal> protection(LockChainMember holder) {
      return complete && holder.client().isEmpty()
          ? Optional.of(excluded("it is not known which process it belongs to"))
          : holder.client().filter(ends::contains).map(end -> excluded("it is this build's own"));
    }

    private static Refusal excluded(String why) {
      return new Refusal(Refusal.Cause.EXCLUDED, why);
    }
  }

  /** Empty when it cannot be known now: then nobody is ended, whatever names there are. */
  private Optional<Mine> mine() {
    // a server's Unix socket has the number of its port
    int port = line == null ? Objects.requireNonNull(server).node().port() : line.serverPort();
    BuildSockets.Answer answer = BuildSockets.connectedTo(port);
    if (post.namesOnly().isPresent()) {
      Set<Endpoint> some =
          answer instanceof BuildSockets.Known known ? known.ends() : Set.<Endpoint>of();
      return Optional.of(new Mine(some, false));
    }
    if (answer instanceof BuildSockets.Known known
        && line != null
        && known.ends().contains(line.client())) {
      return Optional.of(new Mine(known.ends(), true));
    }
    sayOnce(
        "keepClear: cannot tell this build's own sessions from others now, so nobody is"
            + " terminated: "
            + (answer instanceof BuildSockets.Unknown unknown
                ? unknown.why()
                : line == null
                    ? "the watcher is connected over a Unix socket"
                    : "addresses are translated on the way to the server"));
    return Optional.empty();
  }

  private void tellOfHidden(List<Waiter> waiters) {
    waiters.stream()
        .filter(waiter -> waiter.id() == null)
        .forEach(
            waiter ->
                sayOnce(
                    "keepClear: the server hides from this role whether sessions of "
                        + waiter.user()
                        + " wait. "
                        + Sessions.of(
                                Objects.requireNonNull(server),
                                post.database(),
                                post.request().filter())
                            .grantToSee()));
  }

  /** Once for each role, however many sessions it has. */
  private void tellOfRefused() {
    for (SessionResult result : outcomes.refusedResults()) {
      if (result.outcome() instanceof Outcome.Refused refused) {
        sayOnce(
            "keepClear: may not terminate sessions of "
                + result.session().user()
                + " that block this build: "
                + refused.reason()
                + (refused.remedy() == null ? "" : ". " + refused.remedy()));
      }
    }
  }

  private void remember(BlockersSeen inTheWay, LockQueue locks) {
    List<Blocker> now = SparedBlockers.of(inTheWay, locks);
    Set<String> words = new HashSet<>();
    for (Blocker blocker : now) {
      words.add(blocker.what());
      Duration since = sparedSince.computeIfAbsent(blocker.what(), key -> watch.elapsed());
      if (watch.elapsed().minus(since).compareTo(WORTH_A_WORD) >= 0) {
        sparedLong.put(blocker.what(), blocker);
        sayOnce("keepClear: this build waits for " + blocker.what());
      }
    }
    sparedSince.keySet().retainAll(words);
  }

  private void sayOnce(String text) {
    if (said.add(text)) {
      console.warn(text);
    }
  }

  private String name() {
    return post.database().name();
  }

  private void lastLook() {
    Stopwatch last = new Stopwatch();
    try {
      while (server != null && termination != null) {
        termination.settle();
        if (outcomes.pending().isEmpty() || last.elapsed().compareTo(LAST_LOOK) > 0) {
          break;
        }
        Pause.of(POLL);
      }
    } catch (PgkillException e) {
      console.debug("keepClear: " + e.getMessage());
    }
    outcomes.survived(watch.elapsed());
  }

  private void conclude() {
    List<SessionResult> results = outcomes.results(Set.of());
    long ended = results.stream().filter(result -> result.outcome().ended()).count();
    List<SessionResult> left =
        results.stream()
            .filter(
                r ->
                    r.outcome() instanceof Outcome.Refused
                        || r.outcome() instanceof Outcome.Survived)
            .toList();
    String summary =
        "keepClear: in "
            + Durations.format(Duration.ofSeconds(watch.elapsed().toSeconds()))
            + ", "
            + Wording.count(
                (int) ended + outcomes.unlisted(),
                "session",
                "that blocked this build was terminated",
                "that blocked this build were terminated")
            + (left.isEmpty()
                ? ""
                : ", "
                    + left.size()
                    + Wording.agree(left.size(), " was not: ", " were not: ")
                    + Wording.sessions(left.stream().map(SessionResult::session).toList()));
    journal.results(results);
    journal.blockers(new ArrayList<>(sparedLong.values()));
    journal.verdict(
        new Verdict(
            left.isEmpty() ? Verdict.Status.SUCCESS : Verdict.Status.FAILURE,
            summary,
            List.copyOf(said)));
    if (left.isEmpty()) {
      console.info(summary);
    } else {
      console.warn(summary);
    }
  }
}
