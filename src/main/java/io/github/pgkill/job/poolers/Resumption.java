package io.github.pgkill.job.poolers;

import io.github.pgkill.job.admission.Admission;
import io.github.pgkill.model.connection.HostAddress;
import io.github.pgkill.model.connection.PoolerAccess;
import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.failure.PgkillFailure;
import io.github.pgkill.model.lockout.LockoutRecord;
import io.github.pgkill.model.poolers.PausedAlias;
import io.github.pgkill.model.poolers.PoolerAlias;
import io.github.pgkill.model.value.Pause;
import io.github.pgkill.model.value.Stopwatch;
import io.github.pgkill.postgres.poolers.PoolerConsole;
import io.github.pgkill.postgres.poolers.Resume;
import io.github.pgkill.report.console.Console;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Resumes what a lockout's record says is paused. The record is data that others can write: it
 * names aliases, the user names the consoles, and only aliases of this very database are resumed.
 */
public final class Resumption {

  /** For a console that does not answer at once. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final Duration AGAIN = Duration.ofMillis(250);

  private final PoolerAccess access;
  private final Function<HostAddress, PoolerConsole> dial;
  private final Console console;

  /** At the consoles that the user names. */
  public Resumption(Admission admission, Console console) {
    this(
        admission.settings().poolers(),
        at -> Admission.console(admission.settings(), at, admission.plan()),
        console);
  }

  /**
   * @param dial opens a console that the guard let through
   */
  Resumption(PoolerAccess access, Function<HostAddress, PoolerConsole> dial, Console console) {
    this.access = access;
    this.dial = dial;
    this.console = console;
  }

  /**
   * Sees to it that none of them is paused.
   *
   * @throws PgkillFailure naming those that may still be, and what resumes them
   */
  public void of(LockoutRecord record) {
    of(record.paused());
  }

  void of(List<PausedAlias> paused) {
    List<PausedAlias> left = new ArrayList<>();
    List<String> why = new ArrayList<>();
    byConsole(paused)
        .forEach(
            (where, aliases) -> {
              try {
                resume(where, aliases);
              } catch (PgkillException e) {
                left.addAll(aliases);
                why.add(e.getMessage());
              }
            });
    if (!left.isEmpty()) {
      throw stillPaused(left, String.join("; ", why));
    }
  }

  private static Map<String, List<PausedAlias>> byConsole(List<PausedAlias> aliases) {
    return aliases.stream()
        .collect(
            Collectors.groupingBy(PausedAlias::console, LinkedHashMap::new, Collectors.toList()));
  }

  private void resume(String where, List<PausedAlias> aliases) {
    Optional<HostAddress> at =
        access.consoles().stream().filter(one -> one.toString().equals(where)).findFirst();
    if (at.isEmpty()) {
      throw new PgkillFailure("-Dpgkill.poolers does not name " + where, null);
    }
    Stopwatch waited = new Stopwatch();
    while (true) {
      try (PoolerConsole there = dial.apply(at.get())) {
        resume(there, aliases);
        return;
      } catch (PgkillException e) {
        if (waited.elapsed().compareTo(PATIENCE) > 0) {
          throw e;
        }
      }
      Pause.of(AGAIN);
    }
  }

  private void resume(PoolerConsole there, List<PausedAlias> aliases) {
    List<PoolerAlias> now = there.aliases();
    List<String> ours =
        aliases.stream()
            .filter(alias -> now.stream().anyMatch(one -> isThat(one, alias)))
            .map(PausedAlias::alias)
            .toList();
    List<String> resumed = Resume.at(there, ours);
    for (PausedAlias alias : aliases) {
      console.info(
          "alias "
              + alias
              + (resumed.contains(alias.alias())
                  ? " was still paused, and is resumed"
                  : " is not paused any more"));
    }
  }

  private static boolean isThat(PoolerAlias now, PausedAlias alias) {
    return now.name().equals(alias.alias()) && now.database().equals(alias.database());
  }

  /** What is said where nobody may look. */
  public static PgkillFailure unknown(LockoutRecord record) {
    return stillPaused(record.paused(), "nobody looked");
  }

  /** What is said of aliases that may still be paused. */
  static PgkillFailure stillPaused(List<PausedAlias> aliases, String why) {
    String typed =
        aliases.stream()
            .map(alias -> alias.resume() + " at " + alias.console())
            .collect(Collectors.joining(", "));
    return new PgkillFailure(
        "whether these aliases are still paused is not known: "
            + aliases.stream().map(PausedAlias::toString).collect(Collectors.joining(", "))
            + " ("
            + why
            + ")",
        "Give -Dpgkill.poolers and -Dpgkill.poolersServerId to mvn pgkill:restore-connect; or type "
            + typed
            + " (an error there means that it is not paused), and then mvn pgkill:restore-connect"
            + " -Dpgkill.force=true, which forgets them.");
  }
}
