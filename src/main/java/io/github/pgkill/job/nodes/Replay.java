package io.github.pgkill.job.nodes;

import io.github.pgkill.job.outcome.Selection;
import io.github.pgkill.job.phases.Nothing;
import io.github.pgkill.job.phases.Phase;
import io.github.pgkill.model.failure.GuardRefusal;
import io.github.pgkill.model.failure.PgkillError;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.sessions.Session;
import io.github.pgkill.model.sessions.SessionFilter;
import io.github.pgkill.model.value.ByteCount;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.nodes.WalReplay;
import io.github.pgkill.postgres.sessions.Candidate;
import io.github.pgkill.postgres.sessions.Sessions;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Proof that what was done to a database on the primary holds on every other node: each is past the
 * position of the log and shows the same row of the database. Behind a stall a closed database is
 * open, and a dropped one is there.
 */
public final class Replay implements Phase<Nothing> {

  private static final Duration LOOK = Duration.ofMillis(20);

  /** A wait that is shorter is not worth a line. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final Server primary;
  private final List<Server> others;
  private final DatabaseInfo database;
  private final String deed;
  private final Duration timeout;
  private final Console console;
  private Supplier<Selection> selected = () -> new Selection(Set.of(), List.of());
  private BooleanSupplier done = () -> true;
  private @Nullable String position;

  /**
   * @param nodes the primary first
   * @param deed what is to be replayed there, as {@code the closing}
   * @param timeout for all of them to have replayed it
   */
  public Replay(
      List<Server> nodes, DatabaseInfo database, String deed, Duration timeout, Console console) {
    this.primary = nodes.get(0);
    this.others = nodes.subList(1, nodes.size());
    this.database = database;
    this.deed = deed + " of database " + database.name();
    this.timeout = timeout;
    this.console = console;
  }

  /** As a phase: who will have been ended by then, and whether there is anything to be proved. */
  public Replay after(Supplier<Selection> ended, BooleanSupplier wasDone) {
    selected = ended;
    done = wasDone;
    return this;
  }

  /**
   * Refuses a node that would not replay it.
   *
   * @throws GuardRefusal naming the node and what holds replay up there
   */
  @Override
  public Nothing check() {
    String now = WalReplay.flushed(primary);
    for (Server node : others) {
      WalReplay.State state = WalReplay.state(node, now);
      requireStandby(node, state);
      if (state.delayed()) {
        throw refusal(
            node,
            "replays late on purpose: recovery_min_apply_delay is " + state.applyDelay(),
            "Set it to 0 there");
      }
      if (state.paused()) {
        throw refusal(
            node, "does not replay, somebody paused it", "SELECT pg_wal_replay_resume(); there");
      }
      if (state.waitsForEver()) {
        requireNobodyReads(node);
      }
    }
    return Nothing.NOTHING;
  }

  private void requireNobodyReads(Server node) {
    Set<Object> ended =
        selected.get().victims().stream()
            .flatMap(session -> session.id().stream())
            .collect(Collectors.toSet());
    List<Session> readers =
        Selection.of(Sessions.of(node, database, SessionFilter.ALL_CLIENTS)).candidates().stream()
            .map(Candidate::session)
            .filter(session -> !session.visible() || session.transactionAge() != null)
            .filter(session -> session.id().filter(ended::contains).isEmpty())
            .toList();
    if (!readers.isEmpty()) {
      throw refusal(
          node,
          "may be held up for ever (max_standby_streaming_delay is -1) by "
              + Wording.count(readers.size(), "session")
              + " that this goal does not end: "
              + Wording.sessions(readers),
          "End them, let the filters select them, or set max_standby_streaming_delay there");
    }
  }

  private static GuardRefusal refusal(Server node, String why, String mend) {
    return new GuardRefusal(
        "node " + node.node() + " " + why + "; nothing was touched",
        mend + ", or leave the node out of -Dpgkill.nodes.");
  }

  private static void requireStandby(Server node, WalReplay.State state) {
    if (!state.standby()) {
      throw new PgkillError(
          "node " + node.node() + " is no standby any more: a failover happened meanwhile",
          "Run the goal again when nothing moves any more.",
          null);
    }
  }

  @Override
  public void run(Nothing plan) {
    if (done.getAsBoolean()) {
      await();
    }
  }

  /** From now on everything that the primary has committed so far is asked for. */
  public void begin() {
    position = WalReplay.flushed(primary);
  }

  /** Whether every node has replayed it. */
  public boolean passed() {
    List<String> mark = WalReplay.mark(primary, database);
    for (Server node : others) {
      if (!passed(node, mark)) {
        return false;
      }
    }
    return true;
  }

  private boolean passed(Server node, List<String> mark) {
    WalReplay.State state = state(node);
    requireStandby(node, state);
    return state.passed() && WalReplay.mark(node, database).equals(mark);
  }

  private WalReplay.State state(Server node) {
    if (position == null) {
      begin();
    }
    return WalReplay.state(node, String.valueOf(position));
  }

  /**
   * Waits until every node has replayed what the primary has committed so far.
   *
   * @throws PgkillFailure when time is up, naming the node and what holds replay up there
   */
  public void await() {
    begin();
    Stopwatch waited = new Stopwatch();
    boolean told = false;
    while (!passed()) {
      if (waited.elapsed().compareTo(timeout) > 0) {
        throw stalled();
      }
      if (!told && waited.elapsed().compareTo(SILENCE) > 0) {
        console.info(
            "waiting until every node has replayed "
                + deed
                + ", at most "
                + Durations.format(timeout)
                + ": "
                + stalls());
        told = true;
      }
      Pause.of(LOOK);
    }
  }

  /** What to say when time is up. */
  public PgkillFailure stalled() {
    return new PgkillFailure(
        deed + " was not replayed everywhere within " + Durations.format(timeout) + ": " + stalls(),
        "End what holds replay up there, raise -Dpgkill.timeout, or leave the node out of"
            + " -Dpgkill.nodes.");
  }

  private String stalls() {
    List<String> mark = WalReplay.mark(primary, database);
    List<String> stalls = new ArrayList<>();
    for (Server node : others) {
      if (!passed(node, mark)) {
        stalls.add(stall(node, state(node)));
      }
    }
    return stalls.isEmpty() ? "it is replayed now" : String.join("; ", stalls);
  }

  private static String stall(Server node, WalReplay.State state) {
    List<String> holders = WalReplay.holders(node);
    return "node "
        + node.node()
        + (state.passed()
            ? " shows another database"
            : " is " + ByteCount.format(state.behind()) + " behind")
        + ", replay there "
        + (state.paused()
            ? "is paused"
            : holders.isEmpty()
                ? "waits for nobody's lock"
                : "waits for " + String.join(" and ", holders))
        + ", max_standby_streaming_delay is "
        + state.standbyDelay();
  }
}
