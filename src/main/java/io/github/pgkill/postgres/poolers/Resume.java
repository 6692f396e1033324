package io.github.pgkill.postgres.poolers;

import io.github.pgkill.model.failure.PgkillException;
import io.github.pgkill.model.poolers.PoolerAlias;
import java.util.List;
import java.util.Optional;

/** Ends pauses, and proves that they have ended. */
public final class Resume {

  private Resume() {}

  /**
   * Resumes those of the aliases that are paused. A second RESUME would be an error, so each is
   * looked at before; somebody who is faster in between makes that error, and the second look
   * tells.
   *
   * @return those that were paused until now
   * @throws PgkillException when one of them is still paused, or cannot be looked at
   */
  public static List<String> at(PoolerConsole console, List<String> aliases) {
    List<String> paused = paused(console, aliases);
    PgkillException first = null;
    for (String alias : paused) {
      try {
        console.resume(alias);
      } catch (PgkillException e) {
        first = e;
      }
    }
    if (first != null && !paused(console, aliases).isEmpty()) {
      throw first;
    }
    return paused;
  }

  /** Those of the aliases that are paused. */
  public static List<String> paused(PoolerConsole console, List<String> aliases) {
    List<PoolerAlias> now = console.aliases();
    return aliases.stream()
        .filter(name -> find(now, name).filter(PoolerAlias::paused).isPresent())
        .toList();
  }

  private static Optional<PoolerAlias> find(List<PoolerAlias> aliases, String name) {
    return aliases.stream().filter(alias -> alias.name().equals(name)).findFirst();
  }
}
