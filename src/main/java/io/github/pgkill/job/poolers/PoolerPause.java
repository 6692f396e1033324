package io.github.pgkill.job.poolers;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.model.connection.ConnectionSettings;
import io.github.pgkill.model.connection.DialPlan;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.failure.InvalidParameter;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.lockout.Reopen;
import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.poolers.PoolerAlias;
import io.github.pgkill.model.poolers.PoolerBackend;
import io.github.pgkill.model.poolers.PoolerReport;
import io.github.pgkill.model.server.DatabaseInfo;
import io.github.pgkill.model.value.Durations;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.core.Server;
import io.github.pgkill.postgres.lockout.Lockouts;
import io.github.pgkill.postgres.lockout.Reopened;
import io.github.pgkill.postgres.poolers.HolderOrder;
import io.github.pgkill.postgres.poolers.PauseHolder;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import io.github.pgkill.postgres.poolers.Resume;
import io.github.pgkill.report.Journal;
import io.github.pgkill.report.console.Console;
import io.github.pgkill.report.text.PoolerWording;
import io.github.pgkill.report.text.Wording;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The pause of the poolers before a database, around its lockout: begun once the record names them
 * and before the database is closed, proven before anything is done to it, and ended once it is
 * open everywhere. Or of those before any database of a server, around its restart. Pooled clients
 * wait meanwhile instead of being refused.
 */
public final class PoolerPause {

  /** For transactions that are about to end by themselves, before their sessions are ended. */
  private static final Duration COURTESY = Duration.ofMillis(300);

  /** For the poolers to be resumed; the process that does it goes on longer by itself. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Duration LOOK = Duration.ofMillis(50);

  private final ConnectionSettings settings;
  private final DialPlan plan;
  private final PoolerSearch search;

  /** What the poolers lead to, as messages call it. */
  private final String target;

  /** What would pause them. */
  private final String occasion;

  private final Console console;
  private final Journal journal;
  private final Function<HostAddress, PoolerConsole> dial;
  private Duration expected = Duration.ZERO;
  private List<PausedAlias> paused = List.of();
  private Map<String, PoolerAlias> found = Map.of();
  private @Nullable PauseHold hold;
  private @Nullable Stopwatch since;
  private boolean resumed;

  /** Of the poolers that the user names, before a database of the server that was let in to. */
  public PoolerPause(Admission admission, DatabaseInfo database, Console console, Journal journal) {
    this(
        admission,
        new PoolerSearch(List.copyOf(admission.nodes()), database),
        "database " + database.name(),
        "closing database " + database.name(),
        console,
        journal);
  }

  private PoolerPause(
      Admission admission,
      PoolerSearch search,
      String target,
      String occasion,
      Console console,
      Journal journal) {
    this.settings = admission.settings();
    this.plan = admission.plan();
    this.dial = at -> Admission.console(settings, at, plan);
    this.search = search;
    this.target = target;
    this.occasion = occasion;
    this.console = console;
    this.journal = journal;
  }

  /** Of the poolers that the user names, before any database of the server that was let in to. */
  public static PoolerPause aroundRestart(Admission admission, Console console) {
    return new PoolerPause(
        admission,
        PoolerSearch.ofServer(admission.server()),
        "this server",
        "restarting this server",
        console,
        admission.journal());
  }

  /** For how long the database may be closed, as far as that can be told. */
  public PoolerPause expecting(Duration work) {
    expected = work;
    return this;
  }

  /** Whether the user named any pooler. */
  public boolean isWanted() {
    return !settings.poolers().isEmpty();
  }

  /**
   * Looks at the poolers, and refuses what can be known.
   *
   * @param reopen when the database is opened again
   * @param left what a dead build left paused, and is resumed before
   */
  public PoolerPlan check(Reopen reopen, List<PausedAlias> left) {
    if (!isWanted()) {
      return PoolerPlan.NOTHING;
    }
    requireConsent();
    requireAnEnd(reopen);
    ConsoleCheck check = new ConsoleCheck(settings.poolers(), dial);
    List<PoolerPlan.Proven> aliases = new ArrayList<>();
    Duration bound = null;
    for (HostAddress at : settings.poolers().consoles()) {
      try (PoolerConsole there = dial.apply(at)) {
        Duration here = check.check(there);
        bound = bound == null ? here : Pause.shorter(bound, here);
        List<PoolerPlan.Proven> proven = search.find(there);
        proven.stream()
            .map(PoolerPlan.Proven::alias)
            .filter(alias -> !isLeft(alias, left))
            .forEach(PoolerPause::requireRunning);
        aliases.addAll(proven);
      }
    }
    List<String> notes = new ArrayList<>(search.notes());
    if (aliases.isEmpty()) {
      notes.add("no alias of the poolers leads to " + target);
    }
    Duration longest = bound == null ? ConsoleCheck.LONGEST : bound;
    return new PoolerPlan(aliases, longest, notes, warnings(longest, reopen));
  }

  private void requireConsent() {
    if (!settings.poolers().mayPause()) {
      throw new InvalidParameter(
          "poolers",
          occasion
              + " would pause everybody behind these poolers, sessions that the filters spare too",
          "If that may be, add -Dpgkill.affectPoolers=true");
    }
  }

  private static void requireAnEnd(Reopen reopen) {
    if (reopen == Reopen.NEVER) {
      throw new InvalidParameter(
          "poolers",
          "a pause ends by itself after a while, and reopen=never keeps the database closed for"
              + " longer: the poolers' clients would run into it",
          "Leave -Dpgkill.poolers out, or use -Dpgkill.reopen=build-end.");
    }
  }

  private static boolean isLeft(PoolerAlias alias, List<PausedAlias> left) {
    return !alias.disabled()
        && left.stream().anyMatch(one -> one.toString().equals(alias.toString()));
  }

  private static void requireRunning(PoolerAlias alias) {
    if (alias.paused() || alias.disabled()) {
      String word = alias.paused() ? "paused" : "disabled";
      throw new PgkillFailure(
          "alias " + alias + " is " + word + " already, by somebody else",
          "Ask who did it. At that console "
              + (alias.paused() ? "RESUME " : "ENABLE ")
              + alias.name()
              + "; ends it.");
    }
    if (!PoolerConsole.canBeNamed(alias.name())) {
      throw new PgkillFailure(
          "alias " + alias + " cannot be paused: its console has no way to write that name",
          "Give it another name in PgBouncer's configuration.");
    }
  }

  private List<String> warnings(Duration bound, Reopen reopen) {
    String ends =
        "the poolers are resumed after " + Durations.format(bound) + ", whatever goes on by then";
    if (reopen == Reopen.BUILD_END) {
      return List.of(
          ends
              + ": if the build keeps the database closed for longer, their clients are refused."
              + " Half of PgBouncer's query_wait_timeout is the bound");
    }
    return expected.compareTo(bound) <= 0
        ? List.of()
        : List.of(
            ends
                + ", and this goal may take "
                + Durations.format(expected)
                + " (drain, timeout and the steps' timeouts): it fails then. Shorten them, or raise"
                + " PgBouncer's query_wait_timeout, half of which is the bound");
  }

  /** What would be done, for a dry run. */
  public void say(PoolerPlan pauses) {
    for (PausedAlias alias : pauses.from(Instant.now())) {
      journal.planned(pausing(alias) + "  -- undo: " + alias.resume());
    }
  }

  private static String pausing(PausedAlias alias) {
    return "PAUSE " + alias.alias() + "; at " + alias.console();
  }

  /** Starts the process that will resume, whatever happens; nothing is paused yet. */
  public List<PausedAlias> prepare(PoolerPlan pauses) {
    if (pauses.isEmpty()) {
      return List.of();
    }
    for (PoolerPlan.Proven proven : pauses.aliases()) {
      console.info("alias " + proven.alias() + " leads to " + target + ": " + proven.proof());
    }
    paused = pauses.from(Instant.now());
    found = new HashMap<>();
    pauses.aliases().forEach(proven -> found.put(proven.alias().toString(), proven.alias()));
    hold = PauseHold.start(HolderOrder.of(settings, plan, paused, pauses.bound()));
    return paused;
  }

  /**
   * Pauses all. In session pooling that takes effect only once the servers' sessions are ended, so
   * it is not waited for here beyond a moment.
   */
  public void pause() {
    PauseHold holding = hold;
    if (holding == null) {
      return;
    }
    since = new Stopwatch();
    holding.pause();
    paused.forEach(alias -> journal.executed(pausing(alias)));
    console.info(
        Wording.count(paused.size(), "alias", "is", "are")
            + " paused, their clients wait: "
            + names(paused));
    for (PausedAlias alias : paused) {
      holding.isPaused(alias.console(), alias.alias(), left(COURTESY));
    }
  }

  private Duration left(Duration atMost) {
    Stopwatch begun = since;
    Duration left = begun == null ? atMost : atMost.minus(begun.elapsed());
    return left.isNegative() ? Duration.ZERO : left;
  }

  private static String names(List<PausedAlias> aliases) {
    return aliases.stream().map(PausedAlias::toString).collect(Collectors.joining(", "));
  }

  /**
   * Proves that the poolers have let go of the database: each pause is answered, shown, and no
   * connection to a server is left.
   *
   * @param atMost for that to be so
   * @throws PgkillFailure naming the alias and what it still has
   */
  public void requireQuiet(Duration atMost) {
    PauseHold holding = hold;
    if (holding == null) {
      return;
    }
    Stopwatch waited = new Stopwatch();
    List<String> left = connected(holding);
    while (!left.isEmpty()) {
      requireHeld();
      if (waited.elapsed().compareTo(atMost) > 0) {
        throw new PgkillFailure(
            "the poolers still have connections to "
                + target
                + " after "
                + Durations.format(atMost)
                + ": "
                + String.join("; ", left),
            "Do the filters spare their sessions? A pause takes hold only once these are ended.");
      }
      Pause.of(LOOK);
      left = connected(holding);
    }
  }

  private List<String> connected(PauseHold holding) {
    List<String> left = new ArrayList<>();
    atEach(
        (there, here) -> {
          List<PoolerBackend> backends = there.backends();
          here.forEach(alias -> connected(holding, alias, backends, left));
        });
    return left;
  }

  private static void connected(
      PauseHold holding, PausedAlias alias, List<PoolerBackend> backends, List<String> left) {
    List<String> pids =
        backends.stream()
            .filter(backend -> backend.alias().equals(alias.alias()))
            .map(backend -> "pid " + backend.pid())
            .toList();
    if (!pids.isEmpty()) {
      left.add("alias " + alias + " has " + String.join(", ", pids));
    } else if (!holding.isPaused(alias.console(), alias.alias(), LOOK)) {
      left.add("the PAUSE of alias " + alias + " is not answered");
    }
  }

  /**
   * Refuses to go on where a pause has ended in between.
   *
   * @throws PgkillFailure saying why it has
   */
  public void requireHeld() {
    PauseHold holding = hold;
    if (holding == null) {
      return;
    }
    String reason = holding.reason();
    if (reason.isEmpty()) {
      requireNobodyResumed();
      return;
    }
    throw new PgkillFailure(
        "the poolers were resumed while "
            + target
            + " is still closed: "
            + (reason.equals(PauseHolder.BOUND)
                ? "the pause had lasted "
                    + Durations.format(paused.get(0).bound())
                    + ", which is half of what PgBouncer lets its clients wait"
                : "the process that holds the pause was ended"),
        "Their clients may have been refused. Do less while it is closed, or raise PgBouncer's"
            + " query_wait_timeout.");
  }

  private void requireNobodyResumed() {
    atEach(
        (there, here) -> {
          List<String> running = new ArrayList<>(here.stream().map(PausedAlias::alias).toList());
          running.removeAll(Resume.paused(there, running));
          if (!running.isEmpty()) {
            throw new PgkillFailure(
                "somebody resumed "
                    + String.join(", ", running)
                    + " at "
                    + there.console()
                    + ", or restarted that pooler, while "
                    + target
                    + " is still closed",
                "Their clients may have been refused: run the goal again.");
          }
        });
  }

  /** Looks at each console of which an alias is paused. */
  private void atEach(BiConsumer<PoolerConsole, List<PausedAlias>> look) {
    for (HostAddress at : settings.poolers().consoles()) {
      List<PausedAlias> here = paused.stream().filter(alias -> alias.isAt(at)).toList();
      if (!here.isEmpty()) {
        try (PoolerConsole there = dial.apply(at)) {
          look.accept(there, here);
        }
      }
    }
  }

  /**
   * Ends the pauses, and takes the record away that still names them.
   *
   * @param server the database's, to take the record away there
   * @param reopened what came of opening the database
   * @throws PgkillException when it is not proven that nothing is paused any more; the record stays
   */
  public void finish(Server server, Reopened reopened) {
    resume();
    LockoutRecord record = reopened.toResume();
    if (record != null) {
      new Lockouts(server, console::info).resumed(record);
    }
  }

  /** Ends the pauses, where there are any. */
  public synchronized void resume() {
    PauseHold holding = hold;
    if (holding == null || resumed) {
      return;
    }
    if (since == null) {
      // nothing was paused yet
      resumed = true;
      holding.leave();
      return;
    }
    Map<String, PoolerAlias> waiting = waiting();
    if (!holding.resume(PATIENCE)) {
      resumeOurselves();
    }
    resumed = true;
    tell(waiting);
  }

  /** How many clients wait, as the last look before the end of the pause shows. */
  private Map<String, PoolerAlias> waiting() {
    Map<String, PoolerAlias> now = new HashMap<>();
    for (HostAddress at : settings.poolers().consoles()) {
      try (PoolerConsole there = dial.apply(at)) {
        there.aliases().forEach(alias -> now.put(alias.toString(), alias));
      } catch (PgkillException e) {
        console.debug("how many clients wait is not known: " + e.getMessage());
      }
    }
    return now;
  }

  private void resumeOurselves() {
    console.warn("the process that holds the pauses does not answer: resuming without it");
    Resumption resumption = new Resumption(settings.poolers(), dial, console);
    resumption.of(paused);
  }

  private void tell(Map<String, PoolerAlias> waiting) {
    Stopwatch begun = since;
    if (begun == null) {
      return;
    }
    Duration lasted = begun.elapsed();
    List<PoolerReport> reports = new ArrayList<>();
    int clients = 0;
    for (PausedAlias alias : paused) {
      PoolerAlias last = waiting.get(alias.toString());
      PoolerAlias first = found.get(alias.toString());
      int waited = last == null ? 0 : last.waiting();
      clients += waited;
      journal.executed(alias.resume() + " at " + alias.console());
      reports.add(
          new PoolerReport(
              alias.console(),
              alias.alias(),
              first == null ? "" : first.mode(),
              alias.since(),
              lasted,
              last == null ? 0 : last.clients(),
              waited));
    }
    journal.poolers(reports);
    reports.forEach(report -> journal.note(PoolerWording.paused(report)));
    console.info(
        "the poolers are resumed after "
            + Durations.format(lasted)
            + ", "
            + Wording.count(clients, "client")
            + " waited: "
            + names(paused));
  }
}
